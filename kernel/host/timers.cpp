#include "kernel/host/timers.hpp"

#include <algorithm>

namespace kavro::host {

void Timers::every(std::chrono::milliseconds interval, void (*run)(void*), void* user) {
  timers_.push_back(std::unique_ptr<Timer>(new Timer{this, interval, run, user, {}}));
}

void Timers::start() {
  if (timers_.empty()) return;
  const auto now = Clock::now();
  for (const auto& timer : timers_) timer->due = now + timer->interval;
  thread_ = std::thread([this] { loop(); });
}

void Timers::stop() {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
    wake_.wait(lock, [this] {
      return std::none_of(timers_.begin(), timers_.end(), [](const auto& timer) { return timer->running; });
    });
  }
  if (thread_.joinable()) thread_.join();
}

void Timers::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    auto next = Clock::now() + std::chrono::hours(1);
    for (const auto& timer : timers_) {
      if (timer->running) continue;
      const auto now = Clock::now();
      if (timer->due <= now) {
        timer->due = now + timer->interval;
        timer->running = pool_.submit(runOne, timer.get());  // a full pool: once more after the interval
      }
      next = std::min(next, timer->due);
    }
    wake_.wait_until(lock, next);
  }
}

void Timers::runOne(void* user) {
  Timer& timer = *static_cast<Timer*>(user);
  timer.run(timer.user);
  const std::lock_guard lock(timer.timers->mutex_);
  timer.running = false;
  timer.timers->wake_.notify_all();
}

}  // namespace kavro::host
