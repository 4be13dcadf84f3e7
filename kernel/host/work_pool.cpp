#include "kernel/host/work_pool.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <pthread.h>

namespace kavro::host {

WorkPool::WorkPool(Options options) : options_(std::move(options)) {
  for (unsigned i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { loop(); });
}

WorkPool::~WorkPool() { stop(); }

bool WorkPool::submit(void (*run)(void*), void* user) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || jobs_.size() >= options_.queue_max) return false;
    jobs_.push_back({run, user});
  }
  wake_.notify_one();
  return true;
}

void WorkPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void WorkPool::loop() {
  pthread_setname_np(pthread_self(), options_.name.substr(0, 15).c_str());
  // On Linux the nice value is a thread's own.
  if (options_.nice != 0) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), options_.nice);
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const Job job = jobs_.front();
    jobs_.pop_front();
    lock.unlock();
    job.run(job.user);
    lock.lock();
  }
}

}  // namespace kavro::host
