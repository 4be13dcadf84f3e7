#include "counter_table.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <string>
#include <thread>
#include <vector>

namespace kavro::limiter_memory {
namespace {

using namespace std::chrono_literals;

TEST(CounterTable, KeysAreCountedApart) {
  CounterTable table(10000);
  EXPECT_TRUE(table.hit("login:alice", {1, 1h}).allowed);
  EXPECT_TRUE(table.hit("login:bob", {1, 1h}).allowed);
  EXPECT_FALSE(table.hit("login:alice", {1, 1h}).allowed);
  table.reset("login:alice");
  EXPECT_TRUE(table.hit("login:alice", {1, 1h}).allowed);
}

TEST(CounterTable, ShardsFollowItsSize) {
  EXPECT_EQ(CounterTable(1000).shardCount(), 1u);
  EXPECT_EQ(CounterTable(10000).shardCount(), 8u);
  EXPECT_EQ(CounterTable(1000000).shardCount(), CounterTable::kShardsMax);
}

TEST(CounterTable, HoldsNoMoreThanItsKeysAndNinetyPercentWithoutSharing) {
  CounterTable table(100000);
  for (int i = 0; i < 90000; ++i) table.hit("key" + std::to_string(i), {3, 1h});
  EXPECT_EQ(table.size(), 90000u);
  EXPECT_EQ(table.sharedHits(), 0u);
  for (int i = 90000; i < 150000; ++i) table.hit("key" + std::to_string(i), {3, 1h});
  EXPECT_LE(table.size(), 100000u);
  EXPECT_GT(table.sharedHits(), 0u);
  EXPECT_LE(table.bytes(), 100000u * 40 + table.shardCount() * (32 + CounterShard::kSharedCounters * 16));
}

TEST(CounterTable, SweepReachesEveryShard) {
  CounterTable table(1000000);
  const Clock::time_point now = Clock::now();
  for (int i = 0; i < 20000; ++i) table.hit("key" + std::to_string(i), {3, 1min}, now);
  table.sweep(now + 59s);
  EXPECT_EQ(table.size(), 20000u);
  table.sweep(now + 1min);
  EXPECT_EQ(table.size(), 0u);
}

TEST(CounterTable, SimultaneousHitsAllowExactlyTheLimit) {
  constexpr int kThreads = 8, kRounds = 200;
  constexpr std::uint64_t kLimit = 5;
  CounterTable table(10000);
  std::vector<std::atomic<std::uint64_t>> allowed(kRounds);
  std::barrier together(kThreads);
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        const std::string key = "round" + std::to_string(round);
        together.arrive_and_wait();
        for (int i = 0; i < 3; ++i) allowed[static_cast<std::size_t>(round)] += table.hit(key, {kLimit, 1h}).allowed;
      }
    });
  }
  threads.clear();
  for (int round = 0; round < kRounds; ++round) EXPECT_EQ(allowed[static_cast<std::size_t>(round)], kLimit) << round;
}

TEST(CounterTable, ExactWhileItGrowsSweepsAndOverflows) {
  constexpr int kThreads = 4, kKeys = 3000;
  CounterTable table(2048);
  std::vector<std::atomic<std::uint64_t>> allowed(kKeys);
  std::atomic<int> running = kThreads;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < kKeys; ++i) {
        allowed[static_cast<std::size_t>(i)] += table.hit("key" + std::to_string(i), {2, 1h}).allowed;
      }
      --running;
    });
  }
  while (running > 0) table.sweep();
  threads.clear();
  std::uint64_t full = 0;
  for (const auto& count : allowed) {
    EXPECT_LE(count, 2u);
    full += count == 2u;
  }
  EXPECT_GE(full, 1900u) << "keys with a counter of their own have exactly their two hits";
}

}  // namespace
}  // namespace kavro::limiter_memory
