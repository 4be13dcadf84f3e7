// Where handlers run that may block. Implemented by host::WorkPool.
#pragma once

namespace kavro::http {

class Executor {
 public:
  virtual ~Executor() = default;
  // Threads: any. False when the queue is full or the pool stops: then run is never called.
  virtual bool submit(void (*run)(void*), void* user) = 0;
};

}  // namespace kavro::http
