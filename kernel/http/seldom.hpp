// Lets something that may happen a thousand times a second be said once in a while.
// Threads: any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace kavro::http {

class Seldom {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kEvery{10};

  // True for one of those who ask within kEvery.
  bool due(Clock::time_point now) {
    const std::int64_t time = std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
    std::int64_t next = next_.load(std::memory_order_relaxed);
    if (time < next) return false;
    const std::int64_t after = time + std::chrono::nanoseconds(kEvery).count();
    return next_.compare_exchange_strong(next, after, std::memory_order_relaxed);
  }

 private:
  std::atomic<std::int64_t> next_{INT64_MIN};
};

}  // namespace kavro::http
