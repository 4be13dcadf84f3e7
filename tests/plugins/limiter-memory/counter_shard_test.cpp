#include "counter_shard.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace kavro::limiter_memory {
namespace {

using namespace std::chrono_literals;

std::uint64_t mixed(std::uint64_t number) {
  number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9u;
  number = (number ^ (number >> 27)) * 0x94D049BB133111EBu;
  return number ^ (number >> 31);
}

Fingerprint key(std::uint64_t number) { return {mixed(2 * number + 1), mixed(2 * number + 2)}; }

class CounterShardTest : public ::testing::Test {
 protected:
  // Hits until the shard has `count` keys that no test uses otherwise; their windows end at now + window.
  void fill(CounterShard& shard, std::size_t count, std::chrono::milliseconds window) {
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_TRUE(shard.hit(key(1000000 + i), {1, window}, now_).allowed);
    }
  }

  Clock::time_point now_{1h};
  const Limit threePerMinute_{3, 1min};
};

TEST_F(CounterShardTest, AllowsUpToTheLimitAndCountsDown) {
  CounterShard shard(100);
  for (std::uint64_t left : {2, 1, 0}) {
    const Decision decision = shard.hit(key(1), threePerMinute_, now_);
    EXPECT_TRUE(decision.allowed);
    EXPECT_EQ(decision.remaining, left);
    EXPECT_EQ(decision.reset, 1min);
  }
  const Decision denied = shard.hit(key(1), threePerMinute_, now_ + 20s);
  EXPECT_FALSE(denied.allowed);
  EXPECT_EQ(denied.remaining, 0u);
  EXPECT_EQ(denied.reset, 40s);
}

TEST_F(CounterShardTest, WindowOpensWithTheFirstHitAndDeniedHitsDoNotMoveIt) {
  CounterShard shard(100);
  for (int i = 0; i < 3; ++i) shard.hit(key(1), threePerMinute_, now_ + i * 10s);
  EXPECT_FALSE(shard.hit(key(1), threePerMinute_, now_ + 1min - 1ns).allowed);
  const Decision fresh = shard.hit(key(1), threePerMinute_, now_ + 1min);
  EXPECT_TRUE(fresh.allowed);
  EXPECT_EQ(fresh.remaining, 2u);
  EXPECT_EQ(fresh.reset, 1min);
}

TEST_F(CounterShardTest, BlockBeginsWithTheHitThatReachesTheLimit) {
  CounterShard shard(100);
  const Limit limit{3, 1min, 15min};
  shard.hit(key(1), limit, now_);
  EXPECT_EQ(shard.hit(key(1), limit, now_ + 30s).reset, 30s) << "not full yet: the window decides";
  const Decision last = shard.hit(key(1), limit, now_ + 50s);
  EXPECT_TRUE(last.allowed);
  EXPECT_EQ(last.reset, 15min);
  EXPECT_FALSE(shard.hit(key(1), limit, now_ + 50s + 15min - 1ns).allowed);
  EXPECT_TRUE(shard.hit(key(1), limit, now_ + 50s + 15min).allowed);
}

TEST_F(CounterShardTest, BlockMayBeShorterThanTheWindow) {
  CounterShard shard(100);
  const Limit limit{1, 1h, 5s};
  EXPECT_EQ(shard.hit(key(1), limit, now_).reset, 5s);
  EXPECT_FALSE(shard.hit(key(1), limit, now_ + 4s).allowed);
  EXPECT_TRUE(shard.hit(key(1), limit, now_ + 5s).allowed);
}

TEST_F(CounterShardTest, ResetEmptiesOneKeyOnly) {
  CounterShard shard(100);
  const Limit once{1, 1h};
  shard.hit(key(1), once, now_);
  shard.hit(key(2), once, now_);
  shard.reset(key(1));
  shard.reset(key(3));
  EXPECT_TRUE(shard.hit(key(1), once, now_).allowed);
  EXPECT_FALSE(shard.hit(key(2), once, now_).allowed);
}

TEST_F(CounterShardTest, LimitMayChangeBetweenHits) {
  CounterShard shard(100);
  for (int i = 0; i < 3; ++i) shard.hit(key(1), threePerMinute_, now_);
  EXPECT_TRUE(shard.hit(key(1), {5, 1min}, now_).allowed);
  const Decision lowered = shard.hit(key(1), {2, 1min}, now_);
  EXPECT_FALSE(lowered.allowed);
  EXPECT_EQ(lowered.remaining, 0u);
}

// The table against a plain map, through growth, expiry, sweeps and resets.
TEST_F(CounterShardTest, AgreesWithASimpleModel) {
  struct Window {
    std::uint64_t count = 0;
    Clock::time_point end{};
  };
  std::map<std::uint64_t, Window> model;
  CounterShard shard(3000);
  std::mt19937_64 random(42);
  for (int step = 0; step < 300000; ++step) {
    now_ += std::chrono::microseconds(random() % 2000);
    const std::uint64_t number = random() % 2500;
    const std::uint64_t kind = random() % 1000;
    if (kind == 0) {
      shard.sweep(now_);
    } else if (kind < 30) {
      shard.reset(key(number));
      model.erase(number);
    } else {
      Window& window = model[number];
      if (window.end <= now_) window = {0, now_ + 20s};
      const bool allowed = window.count < 4;
      if (allowed) ++window.count;
      const Decision decision = shard.hit(key(number), {4, 20s}, now_);
      ASSERT_EQ(decision.allowed, allowed) << step;
      ASSERT_EQ(decision.remaining, 4 - window.count) << step;
      ASSERT_EQ(decision.reset, window.end - now_) << step;
    }
  }
  EXPECT_EQ(shard.sharedHits(), 0u);
}

TEST_F(CounterShardTest, SweepLetsEveryEndedCounterGoAndGivesMemoryBack) {
  CounterShard shard(4000);
  fill(shard, 3000, 1min);
  shard.hit(key(1), {3, 1h}, now_);
  const std::size_t bytes = shard.bytes();
  shard.sweep(now_ + 1min - 1ns);
  EXPECT_EQ(shard.size(), 3001u);
  shard.sweep(now_ + 1min);
  EXPECT_EQ(shard.size(), 1u);
  EXPECT_LT(shard.bytes(), bytes / 10);
  EXPECT_EQ(shard.hit(key(1), {3, 1h}, now_ + 1min).remaining, 1u) << "what has not ended is still counted";
}

TEST_F(CounterShardTest, NewKeysSweepAFewEndedOnes) {
  CounterShard shard(4000);
  fill(shard, 1000, 1min);
  now_ += 1min;
  for (std::uint64_t i = 0; i < 1000; ++i) shard.hit(key(i), threePerMinute_, now_);
  EXPECT_LT(shard.size(), 1600u) << "1000 live ones and most of the ended ones gone, without a sweep";
}

TEST_F(CounterShardTest, StaysWithinItsBounds) {
  CounterShard shard(4000);
  for (std::uint64_t i = 0; i < 50000; ++i) shard.hit(key(i), threePerMinute_, now_);
  EXPECT_EQ(shard.size(), 4000u);
  EXPECT_LE(shard.bytes(), 4000u * 40 + 32 + CounterShard::kSharedCounters * 16);
  EXPECT_EQ(shard.sharedHits(), 46000u);
}

TEST_F(CounterShardTest, FullOfEndedCountersMakesRoomFirst) {
  CounterShard shard(1000);
  fill(shard, 1000, 1min);
  now_ += 1min;
  EXPECT_TRUE(shard.hit(key(1), threePerMinute_, now_).allowed);
  EXPECT_EQ(shard.sharedHits(), 0u);
}

TEST_F(CounterShardTest, FullTableEvictsNobody) {
  CounterShard shard(1000);
  const Limit once{1, 1h};
  shard.hit(key(1), once, now_);
  fill(shard, 999, 1h);
  for (std::uint64_t i = 0; i < 100000; ++i) shard.hit(key(5000000 + i), {100, 1h}, now_);
  EXPECT_FALSE(shard.hit(key(1), once, now_).allowed) << "a flood of other keys opened a door";
}

TEST_F(CounterShardTest, FullTableStillServesAndStillLimitsNewKeys) {
  CounterShard shard(1000);
  fill(shard, 1000, 1h);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(shard.hit(key(1), threePerMinute_, now_).allowed) << i;
  EXPECT_FALSE(shard.hit(key(1), threePerMinute_, now_).allowed);
  EXPECT_TRUE(shard.hit(key(2), threePerMinute_, now_).allowed) << "another key, another shared counter";
  EXPECT_FALSE(shard.hit(key(1), threePerMinute_, now_ + 1min - 1ns).allowed);
  EXPECT_TRUE(shard.hit(key(1), threePerMinute_, now_ + 1min).allowed);
}

TEST_F(CounterShardTest, SharedCountersNeverAllowMoreThanTheLimitInAnyWindow) {
  CounterShard shard(1000);
  fill(shard, 1000, 10h);
  std::map<std::uint64_t, std::vector<Clock::time_point>> allowed;
  std::mt19937_64 random(7);
  for (int step = 0; step < 50000; ++step) {
    now_ += 5ms;
    const std::uint64_t number = random() % 3000;
    if (shard.hit(key(number), threePerMinute_, now_).allowed) allowed[number].push_back(now_);
  }
  for (const auto& [number, times] : allowed) {
    for (std::size_t i = 3; i < times.size(); ++i) {
      EXPECT_GE(times[i] - times[i - 3], 1min) << "key " << number << " had four hits within a minute";
    }
  }
}

TEST_F(CounterShardTest, SharedCounterIsNotEmptiedByAReset) {
  CounterShard shard(1000);
  fill(shard, 1000, 1h);
  for (int i = 0; i < 3; ++i) shard.hit(key(1), threePerMinute_, now_);
  shard.reset(key(1));
  EXPECT_FALSE(shard.hit(key(1), threePerMinute_, now_).allowed);
}

TEST_F(CounterShardTest, KeyStaysInItsSharedCounterWhenThereIsRoomAgain) {
  CounterShard shard(1000);
  fill(shard, 1000, 30s);
  for (int i = 0; i < 3; ++i) shard.hit(key(1), threePerMinute_, now_);
  now_ += 30s;
  shard.sweep(now_);
  ASSERT_EQ(shard.size(), 0u);
  EXPECT_FALSE(shard.hit(key(1), threePerMinute_, now_).allowed) << "room for a counter of its own is no clean slate";
  now_ += 30s;
  EXPECT_TRUE(shard.hit(key(1), threePerMinute_, now_).allowed);
  EXPECT_EQ(shard.size(), 1u) << "from then on it has a counter of its own";
}

TEST_F(CounterShardTest, SharedCounterKeepsABlock) {
  CounterShard shard(1000);
  fill(shard, 1000, 1h);
  const Limit limit{2, 1s, 15min};
  shard.hit(key(1), limit, now_);
  EXPECT_EQ(shard.hit(key(1), limit, now_).reset, 15min);
  EXPECT_FALSE(shard.hit(key(1), limit, now_ + 15min - 1ns).allowed);
}

}  // namespace
}  // namespace kavro::limiter_memory
