// Jobs that are run again and again, each on the worker pool, never twice at once.
// Threads: every(), start() and stop() from one thread; jobs run on the pool.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "kernel/http/executor.hpp"

namespace kavro::host {

class Timers {
 public:
  static constexpr std::chrono::milliseconds kIntervalMin{10};

  // The pool outlives the timers.
  explicit Timers(http::Executor& pool) : pool_(pool) {}
  ~Timers() { stop(); }

  // Before start().
  void every(std::chrono::milliseconds interval, void (*run)(void*), void* user);
  void start();
  // When it returns, no job runs and none will.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Timer {
    Timers* timers;
    std::chrono::milliseconds interval;
    void (*run)(void*);
    void* user;
    Clock::time_point due;
    bool running = false;
  };

  void loop();
  static void runOne(void* timer);

  http::Executor& pool_;
  std::thread thread_;
  std::mutex mutex_;  // protects what follows
  std::condition_variable wake_;
  std::vector<std::unique_ptr<Timer>> timers_;
  bool stopping_ = false;
};

}  // namespace kavro::host
