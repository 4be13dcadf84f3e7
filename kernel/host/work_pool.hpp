// Threads that run jobs which may block, bounded in threads and in jobs that wait.
//
// A job that runs for longer than its stuck_after has its thread replaced until it returns, so that the jobs behind it
// go on; at most kReplacementsMax times at once. Then one thread too many ends.
// Threads: submit(), replaceStuck() and stuck() from any; stop() and the destructor from outside the pool.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "kernel/http/executor.hpp"

namespace kavro::host {

class WorkPool final : public http::Executor {
 public:
  static constexpr std::size_t kReplacementsMax = 64;

  struct Options {
    std::string name;  // of the threads, for tools such as top
    unsigned threads = 1;
    std::size_t queue_max = 1;
    int nice = 0;
  };

  explicit WorkPool(Options options);
  ~WorkPool() override;

  bool submit(void (*run)(void*), void* user, std::chrono::milliseconds stuck_after = {}) override;
  void replaceStuck() override;
  std::size_t stuck() const override;
  std::size_t waiting() const;  // jobs that no thread has taken yet
  // Runs what was accepted, then ends the threads. Later submits are refused. A job that never returns is waited for.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;

  struct Job {
    void (*run)(void*);
    void* user;
    std::chrono::milliseconds stuck_after;
  };
  struct Worker {
    std::thread thread;
    Clock::time_point stuck_at = Clock::time_point::max();  // of the job that it runs
    bool replaced = false;                                  // another thread does its work meanwhile
    bool ended = false;
  };

  void loop(Worker& self);
  void startWorker();
  std::size_t stuckLocked() const;

  const Options options_;
  mutable std::mutex mutex_;  // protects what follows
  std::condition_variable wake_;
  std::list<Worker> workers_;  // those that have ended are joined by the next replaceStuck() or stop()
  std::deque<Job> jobs_;
  std::size_t replacements_ = 0;
  bool stopping_ = false;
};

}  // namespace kavro::host
