// What a table hands to the one that takes its place.
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>

#include "counter_table.hpp"
#include "limiter_service.hpp"

namespace kavro::limiter_memory {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

const Clock::time_point kNow = Clock::now();
const Limit kLimit{3, minutes(10)};

std::string refusal(CounterTable& table, const std::string& state) {
  try {
    table.restore(state, kNow);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "taken";
}

// How many hits of a key are left.
std::uint64_t remaining(CounterTable& table, const std::string& key, Clock::time_point now = kNow) {
  const Decision decision = table.hit(key, kLimit, now);
  return decision.allowed ? decision.remaining + 1 : 0;
}

TEST(TableState, KeepsCountsAndWindows) {
  CounterTable old(1000);
  for (int i = 0; i < 3; ++i) old.hit("full", kLimit, kNow);
  old.hit("begun", kLimit, kNow - minutes(4));
  old.hit("ended", kLimit, kNow - minutes(11));
  CounterTable fresh(1000);
  fresh.restore(old.save(kNow), kNow);
  EXPECT_EQ(2u, fresh.size());
  const Decision full = fresh.hit("full", kLimit, kNow);
  EXPECT_FALSE(full.allowed);
  EXPECT_EQ(minutes(10), full.reset);
  const Decision begun = fresh.hit("begun", kLimit, kNow);
  EXPECT_EQ(1u, begun.remaining);
  EXPECT_EQ(minutes(6), begun.reset);
  EXPECT_EQ(3u, remaining(fresh, "ended"));
  EXPECT_EQ(3u, remaining(fresh, "never seen"));
  EXPECT_TRUE(fresh.hit("full", kLimit, kNow + minutes(10)).allowed);
}

TEST(TableState, GoesFromLessKeysToMoreAndBack) {
  constexpr int kKeys = 3000;
  CounterTable small(4096);
  for (int i = 0; i < kKeys; ++i) small.hit("key " + std::to_string(i), {1, minutes(10)}, kNow);
  CounterTable large(1'000'000);
  ASSERT_LT(small.shardCount(), large.shardCount());
  large.restore(small.save(kNow), kNow);
  EXPECT_EQ(small.size(), large.size());
  // Far fewer than there are: all of them are kept nevertheless, and new keys share.
  CounterTable tiny(1000);
  ASSERT_EQ(1u, tiny.shardCount());
  tiny.restore(large.save(kNow), kNow);
  EXPECT_EQ(small.size(), tiny.size());
  for (CounterTable* table : {&large, &tiny}) {
    int allowed = 0;
    for (int i = 0; i < kKeys; ++i) {
      allowed += table->hit("key " + std::to_string(i), {1, minutes(10)}, kNow).allowed ? 1 : 0;
    }
    EXPECT_EQ(0, allowed);
  }
  tiny.hit("new", kLimit, kNow);
  EXPECT_EQ(small.size(), tiny.size());
  EXPECT_EQ(1u, tiny.sharedHits());
  // When the windows are over it is as small as its settings say.
  const std::size_t before = tiny.bytes();
  tiny.sweep(kNow + minutes(11));
  EXPECT_EQ(0u, tiny.size());
  EXPECT_LT(tiny.bytes(), before / 10);
}

TEST(TableState, LetsPlacesGoWhenKeysAreFewEnoughAgain) {
  CounterTable large(20'000);
  for (int i = 0; i < 10'000; ++i) {
    large.hit(std::to_string(i), {1, i < 9100 ? milliseconds(1) : minutes(10)}, kNow - milliseconds(1));
  }
  CounterTable tiny(1000);
  tiny.restore(large.save(kNow - milliseconds(1)), kNow - milliseconds(1));
  EXPECT_EQ(10'000u, tiny.size());
  tiny.sweep(kNow);
  EXPECT_EQ(900u, tiny.size());
  EXPECT_LE(tiny.bytes(), 40 * 1000 + 64 * 1024u);
  EXPECT_FALSE(tiny.hit("9999", {1, minutes(10)}, kNow).allowed);
}

// Keys that shared a counter are not counted anew, in a table with other shards either.
TEST(TableState, KeepsSharedCounters) {
  for (const auto& [from, to] : {std::pair(1000, 1000), std::pair(1000, 100'000), std::pair(8192, 1000)}) {
    SCOPED_TRACE(std::to_string(from) + " to " + std::to_string(to));
    CounterTable old(static_cast<std::size_t>(from));
    for (int i = 0; i < from * 2; ++i) old.hit("filler " + std::to_string(i), kLimit, kNow);
    std::string sharing;  // a key that no counter of its own was left for
    for (int i = 0; sharing.empty(); ++i) {
      const std::string key = "late " + std::to_string(i);
      const std::uint64_t before = old.sharedHits();
      for (int j = 0; j < 3; ++j) old.hit(key, kLimit, kNow);
      if (old.sharedHits() > before) sharing = key;
    }
    ASSERT_EQ(0u, remaining(old, sharing));
    CounterTable fresh(static_cast<std::size_t>(to));
    fresh.restore(old.save(kNow), kNow);
    EXPECT_EQ(0u, remaining(fresh, sharing));
  }
}

TEST(TableState, OfNothingIsNothing) {
  CounterTable old(1000), fresh(1000);
  fresh.hit("own", kLimit, kNow);
  fresh.restore(old.save(kNow), kNow);
  EXPECT_EQ(0u, fresh.size());
}

TEST(TableState, IsNotTrusted) {
  CounterTable old(1000);
  for (int i = 0; i < 5000; ++i) old.hit(std::to_string(i), kLimit, kNow);  // with shared counters
  const std::string state = old.save(kNow);
  CounterTable table(1000);
  table.hit("own", kLimit, kNow);
  EXPECT_EQ("the state is of another version of limiter-memory", refusal(table, ""));
  std::string other = state;
  other[7] = '2';
  EXPECT_EQ("the state is of another version of limiter-memory", refusal(table, other));
  for (const std::size_t size : {8ul, 20ul, 47ul, 48ul, 100ul, state.size() - 1}) {
    EXPECT_NE("taken", refusal(table, state.substr(0, size))) << size;
  }
  EXPECT_NE("taken", refusal(table, state + "x"));
  // Numbers that would be a size, a place or a time.
  for (const std::size_t at : {24u, 32u, 40u}) {
    for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{3}, ~std::uint64_t{0}, std::uint64_t{1} << 59}) {
      std::string broken = state;
      std::memcpy(broken.data() + at, &number, sizeof number);
      EXPECT_NE("taken", refusal(table, broken)) << at << " " << number;
    }
  }
  std::string forever = state;
  const std::uint64_t never = ~std::uint64_t{0};
  std::memcpy(forever.data() + 48 + 24, &never, sizeof never);
  EXPECT_EQ("the state has a window that ends later than any can", refusal(table, forever));
  std::string elsewhere = state;
  std::memcpy(elsewhere.data() + state.size() - 16392, &never, sizeof never);
  EXPECT_EQ("the state names a shard that it does not have", refusal(table, elsewhere));
  EXPECT_EQ(1u, table.size());
  EXPECT_EQ(2u, remaining(table, "own"));  // as it was
  EXPECT_EQ("taken", refusal(table, state));
}

// Saved while others go on counting: every counter is one that it had at some moment.
TEST(TableState, IsSavedWhileTheTableIsUsed) {
  CounterTable old(10'000);
  std::thread user([&] {
    for (int i = 0; i < 50'000; ++i) old.hit(std::to_string(i % 2000), {1'000'000, minutes(10)});
  });
  CounterTable fresh(10'000);
  for (int i = 0; i < 20; ++i) fresh.restore(old.save());
  user.join();
  fresh.restore(old.save());
  EXPECT_EQ(2000u, fresh.size());
  EXPECT_EQ(1'000'000u - 26, fresh.hit("7", {1'000'000, minutes(10)}).remaining);
}

}  // namespace
}  // namespace kavro::limiter_memory
