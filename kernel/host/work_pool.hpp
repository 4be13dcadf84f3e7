// Threads that run jobs which may block, bounded in threads and in jobs that wait.
// Threads: submit() from any; stop() and the destructor from outside the pool.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "kernel/http/executor.hpp"

namespace kavro::host {

class WorkPool final : public http::Executor {
 public:
  struct Options {
    std::string name;  // of the threads, for tools such as top
    unsigned threads = 1;
    std::size_t queue_max = 1;
    int nice = 0;
  };

  explicit WorkPool(Options options);
  ~WorkPool() override;

  bool submit(void (*run)(void*), void* user) override;
  // Runs what was accepted, then ends the threads. Later submits are refused.
  void stop();

 private:
  struct Job {
    void (*run)(void*);
    void* user;
  };

  void loop();

  const Options options_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;  // protects what follows
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
};

}  // namespace kavro::host
