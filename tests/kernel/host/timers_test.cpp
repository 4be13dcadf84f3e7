#include "kernel/host/timers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "kernel/host/work_pool.hpp"

namespace kavro::host {
namespace {

using std::chrono::milliseconds;

// Counts its runs and tells when there were three.
struct Ticks {
  std::atomic<int> runs{0};
  std::promise<void> three;

  static void run(void* user) {
    Ticks& self = *static_cast<Ticks*>(user);
    if (++self.runs == 3) self.three.set_value();
  }
};

TEST(TimersTest, RunsAgainAndAgainUntilStopped) {
  WorkPool pool({"test", 2, 10, 0});
  Timers timers(pool);
  Ticks ticks;
  timers.every(milliseconds(10), Ticks::run, &ticks);
  EXPECT_EQ(0, ticks.runs);
  timers.start();
  ASSERT_EQ(std::future_status::ready, ticks.three.get_future().wait_for(std::chrono::seconds(60)));
  timers.stop();
  const int runs = ticks.runs;
  pool.stop();
  EXPECT_EQ(runs, ticks.runs);
}

TEST(TimersTest, NeverRunsTheSameJobTwiceAtOnce) {
  struct Job {
    std::atomic<int> inside{0};
    std::atomic<bool> overlapped{false};
    Ticks ticks, others;

    static void run(void* user) {
      Job& self = *static_cast<Job*>(user);
      if (++self.inside > 1) self.overlapped = true;
      // Long enough for other intervals to pass: until the other timer has run three times.
      if (self.ticks.runs == 0) self.others.three.get_future().wait_for(std::chrono::seconds(60));
      Ticks::run(&self.ticks);
      --self.inside;
    }
  } job;
  WorkPool pool({"test", 4, 10, 0});
  Timers timers(pool);
  timers.every(milliseconds(10), Job::run, &job);
  timers.every(milliseconds(10), Ticks::run, &job.others);
  timers.start();
  ASSERT_EQ(std::future_status::ready, job.ticks.three.get_future().wait_for(std::chrono::seconds(60)));
  timers.stop();
  EXPECT_FALSE(job.overlapped);
}

TEST(TimersTest, StopsWithoutHavingStarted) {
  WorkPool pool({"test", 1, 1, 0});
  Timers timers(pool);
  Ticks ticks;
  timers.every(milliseconds(10), Ticks::run, &ticks);
  timers.stop();
  EXPECT_EQ(0, ticks.runs);
}

}  // namespace
}  // namespace kavro::host
