#include "kernel/host/work_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace kavro::host {
namespace {

// A job that says when it has begun and ends when it may.
struct Gate {
  std::promise<void> begun;
  std::promise<void> open;
  std::shared_future<void> opened{open.get_future()};

  static void run(void* user) {
    Gate& self = *static_cast<Gate*>(user);
    self.begun.set_value();
    self.opened.wait();
  }
};

void count(void* user) { ++*static_cast<std::atomic<int>*>(user); }

TEST(WorkPoolTest, RunsEverythingAcceptedBeforeStopReturns) {
  std::atomic<int> ran{0};
  WorkPool pool({"test", 3, 1000, 0});
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(pool.submit(count, &ran));
  pool.stop();
  EXPECT_EQ(500, ran);
}

TEST(WorkPoolTest, RefusesWhatDoesNotFitInTheQueue) {
  Gate gate;
  std::atomic<int> ran{0};
  WorkPool pool({"test", 1, 2, 0});
  ASSERT_TRUE(pool.submit(Gate::run, &gate));
  gate.begun.get_future().wait();
  EXPECT_TRUE(pool.submit(count, &ran));
  EXPECT_TRUE(pool.submit(count, &ran));
  EXPECT_FALSE(pool.submit(count, &ran));
  gate.open.set_value();
  pool.stop();
  EXPECT_EQ(2, ran);
}

TEST(WorkPoolTest, RefusesAfterStop) {
  std::atomic<int> ran{0};
  WorkPool pool({"test", 1, 10, 0});
  pool.stop();
  EXPECT_FALSE(pool.submit(count, &ran));
  pool.stop();  // again
  EXPECT_EQ(0, ran);
}

TEST(WorkPoolTest, RunsOnAsManyThreadsAsAsked) {
  Gate first, second;
  WorkPool pool({"test", 2, 10, 5});
  ASSERT_TRUE(pool.submit(Gate::run, &first));
  ASSERT_TRUE(pool.submit(Gate::run, &second));
  first.begun.get_future().wait();
  second.begun.get_future().wait();  // while the first still runs
  first.open.set_value();
  second.open.set_value();
}

}  // namespace
}  // namespace kavro::host
