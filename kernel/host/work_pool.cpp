#include "kernel/host/work_pool.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

namespace kavro::host {

WorkPool::WorkPool(Options options) : options_(std::move(options)) {
  try {
    const std::lock_guard lock(mutex_);
    for (unsigned i = 0; i < options_.threads; ++i) startWorker();
  } catch (...) {  // those that are there must not outlive it
    stop();
    throw;
  }
}

WorkPool::~WorkPool() { stop(); }

// mutex_ is held.
void WorkPool::startWorker() {
  Worker& worker = workers_.emplace_back();
  try {
    worker.thread = std::thread([this, &worker] { loop(worker); });
  } catch (...) {
    workers_.pop_back();
    throw;
  }
}

bool WorkPool::submit(void (*run)(void*), void* user, std::chrono::milliseconds stuck_after) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || jobs_.size() >= options_.queue_max) return false;
    jobs_.push_back({run, user, stuck_after});
  }
  wake_.notify_one();
  return true;
}

void WorkPool::replaceStuck() {
  std::list<Worker> ended;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    const auto now = Clock::now();
    for (auto worker = workers_.begin(); worker != workers_.end();) {
      const auto next = std::next(worker);
      if (worker->ended) {
        ended.splice(ended.end(), workers_, worker);
      } else if (now >= worker->stuck_at && !worker->replaced && replacements_ < kReplacementsMax) {
        try {
          startWorker();
          worker->replaced = true;
          ++replacements_;
        } catch (const std::system_error&) {
          break;  // no more threads to be had; asked again soon
        }
      }
      worker = next;
    }
  }
  for (Worker& worker : ended) worker.thread.join();
}

std::size_t WorkPool::stuckLocked() const {
  const auto now = Clock::now();
  return static_cast<std::size_t>(
      std::count_if(workers_.begin(), workers_.end(), [now](const Worker& worker) { return now >= worker.stuck_at; }));
}

std::size_t WorkPool::stuck() const {
  const std::lock_guard lock(mutex_);
  return stuckLocked();
}

std::size_t WorkPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

void WorkPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  // Nothing is added to the list any more, and its elements do not move.
  for (Worker& worker : workers_) {
    if (worker.thread.joinable()) worker.thread.join();
  }
  workers_.clear();
}

void WorkPool::loop(Worker& self) {
  pthread_setname_np(pthread_self(), options_.name.substr(0, 15).c_str());
  // On Linux the nice value is a thread's own.
  if (options_.nice != 0) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), options_.nice);
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const Job job = jobs_.front();
    jobs_.pop_front();
    if (job.stuck_after.count() > 0) self.stuck_at = Clock::now() + job.stuck_after;
    lock.unlock();
    job.run(job.user);
    lock.lock();
    self.stuck_at = Clock::time_point::max();
    if (self.replaced) {  // its place has been taken
      --replacements_;
      self.ended = true;
      // Somebody may have been woken for this thread's sake.
      wake_.notify_one();
      return;
    }
  }
}

}  // namespace kavro::host
