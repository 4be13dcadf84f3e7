// Where handlers run that may block. Implemented by host::WorkPool.
#pragma once

#include <chrono>
#include <cstddef>

namespace kavro::http {

class Executor {
 public:
  virtual ~Executor() = default;
  // Threads: any. False when the queue is full or the pool stops: then run is never called.
  // `stuck_after`: a job that runs for longer has its thread replaced until it returns; 0: it may take its time.
  virtual bool submit(void (*run)(void*), void* user, std::chrono::milliseconds stuck_after = {}) = 0;
  // Any thread, a few times a second: starts threads in the place of stuck ones.
  virtual void replaceStuck() {}
  // Jobs that run for longer than they should at this moment.
  virtual std::size_t stuck() const { return 0; }
};

}  // namespace kavro::http
