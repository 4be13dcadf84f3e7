#include "local_counters.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace kavro::limiter_redis {
namespace {

using namespace std::chrono_literals;

class LocalCountersTest : public ::testing::Test {
 protected:
  void fill(LocalCounters& counters, int keys, std::chrono::milliseconds window) {
    for (int i = 0; i < keys; ++i) counters.hit("filler" + std::to_string(i), {9, window}, now_);
  }

  Clock::time_point now_ = Clock::now();
  const Limit three_{3, 1min};
};

TEST_F(LocalCountersTest, AWindowOpensWithTheFirstHitAndEnds) {
  LocalCounters counters(1000);
  EXPECT_EQ(counters.hit("k", three_, now_).remaining, 2u);
  now_ += 20s;
  const Decision second = counters.hit("k", three_, now_);
  EXPECT_EQ(second.remaining, 1u);
  EXPECT_EQ(second.reset, 40s);
  EXPECT_EQ(counters.hit("k", three_, now_).remaining, 0u);
  const Decision denied = counters.hit("k", three_, now_ + 40s - 1ns);
  EXPECT_FALSE(denied.allowed);
  EXPECT_EQ(denied.reset, 1ms) << "rounded up: never 0 while the key is full";
  EXPECT_TRUE(counters.hit("k", three_, now_ + 40s).allowed);
}

TEST_F(LocalCountersTest, ABlockLastsFromTheHitThatFillsTheKey) {
  LocalCounters counters(1000);
  const Limit limit{2, 1min, 15min};
  counters.hit("k", limit, now_);
  now_ += 30s;
  const Decision filling = counters.hit("k", limit, now_);
  EXPECT_TRUE(filling.allowed);
  EXPECT_EQ(filling.reset, 15min);
  EXPECT_FALSE(counters.hit("k", limit, now_ + 15min - 1ms).allowed) << "denied hits prolong nothing";
  EXPECT_TRUE(counters.hit("k", limit, now_ + 15min).allowed);
}

TEST_F(LocalCountersTest, KeysAreCountedApartAndReset) {
  LocalCounters counters(1000);
  EXPECT_TRUE(counters.hit("a", {1, 1h}, now_).allowed);
  EXPECT_TRUE(counters.hit("b", {1, 1h}, now_).allowed);
  EXPECT_TRUE(counters.hit(std::string_view("a\0x", 3), {1, 1h}, now_).allowed) << "a NUL ends no key";
  counters.reset("a");
  EXPECT_TRUE(counters.hit("a", {1, 1h}, now_).allowed);
  EXPECT_FALSE(counters.hit("b", {1, 1h}, now_).allowed);
}

TEST_F(LocalCountersTest, SimultaneousHitsAllowExactlyTheLimit) {
  constexpr int kThreads = 8, kRounds = 100;
  LocalCounters counters(100000);
  std::vector<std::atomic<int>> allowed(kRounds);
  std::barrier together(kThreads);
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (std::size_t round = 0; round < kRounds; ++round) {
        together.arrive_and_wait();
        for (int i = 0; i < 3; ++i) allowed[round] += counters.hit("round" + std::to_string(round), {5, 1h}).allowed;
      }
    });
  }
  threads.clear();
  for (const auto& count : allowed) EXPECT_EQ(count, 5);
}

TEST_F(LocalCountersTest, IsBoundedAndEvictsNobody) {
  LocalCounters counters(1000);
  counters.hit("victim", {1, 1h}, now_);
  fill(counters, 20000, 1h);
  EXPECT_LE(counters.size(), 1000u);
  EXPECT_GT(counters.sharedHits(), 0u);
  EXPECT_FALSE(counters.hit("victim", {1, 1h}, now_).allowed) << "a flood of other keys opened a door";
}

TEST_F(LocalCountersTest, AFullTableStillServesAndStillLimitsNewKeys) {
  LocalCounters counters(1000);
  fill(counters, 1000, 1h);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(counters.hit("new", three_, now_).allowed) << i;
  EXPECT_FALSE(counters.hit("new", three_, now_).allowed);
  counters.reset("new");
  EXPECT_FALSE(counters.hit("new", three_, now_).allowed) << "a shared counter is not one key's to empty";
  EXPECT_TRUE(counters.hit("new", three_, now_ + 1min).allowed);
}

TEST_F(LocalCountersTest, SharedCountersNeverAllowMoreThanTheLimitInAnyWindow) {
  LocalCounters counters(1000);
  fill(counters, 1000, 10h);
  std::map<std::uint64_t, std::vector<Clock::time_point>> allowed;
  std::mt19937_64 random(7);
  for (int step = 0; step < 30000; ++step) {
    now_ += 5ms;
    const std::uint64_t number = random() % 3000;
    if (counters.hit("n" + std::to_string(number), three_, now_).allowed) allowed[number].push_back(now_);
  }
  for (const auto& [number, times] : allowed) {
    for (std::size_t i = 3; i < times.size(); ++i) EXPECT_GE(times[i] - times[i - 3], 1min) << number;
  }
}

TEST_F(LocalCountersTest, AKeyStaysInItsSharedCounterWhenThereIsRoomAgain) {
  LocalCounters counters(1000);
  fill(counters, 1000, 30s);
  for (int i = 0; i < 3; ++i) counters.hit("new", three_, now_);
  now_ += 30s;
  counters.sweep(now_);
  ASSERT_EQ(counters.size(), 0u);
  EXPECT_FALSE(counters.hit("new", three_, now_).allowed) << "room for a counter of its own is no clean slate";
  now_ += 30s;
  EXPECT_TRUE(counters.hit("new", three_, now_).allowed);
  EXPECT_EQ(counters.size(), 1u) << "from then on it has a counter of its own";
}

TEST_F(LocalCountersTest, EndedCountersMakeRoomFirst) {
  LocalCounters counters(1000);
  fill(counters, 1000, 1min);
  now_ += 1min;
  EXPECT_TRUE(counters.hit("new", three_, now_).allowed);
  EXPECT_EQ(counters.sharedHits(), 0u);
}

TEST_F(LocalCountersTest, SweepLetsGoOfWhatHasEnded) {
  LocalCounters counters(100000);
  fill(counters, 5000, 1min);
  counters.hit("long", {3, 1h}, now_);
  counters.sweep(now_ + 1min - 1ns);
  EXPECT_EQ(counters.size(), 5001u);
  counters.sweep(now_ + 1min);
  EXPECT_EQ(counters.size(), 1u);
  EXPECT_EQ(counters.hit("long", {3, 1h}, now_ + 1min).remaining, 1u);
}

}  // namespace
}  // namespace kavro::limiter_redis
