// The counters as kavro.limiter/1, the C table that other plugins call. `done` is always called before hit() or reset()
// has returned, on the caller's thread, with no lock held.
//
// Status: KAVRO_INVALID for a limit whose count_max or window_ms is 0, KAVRO_UNAVAILABLE when memory is out; neither
// counts. Windows and blocks longer than kPeriodMax are taken as kPeriodMax.
//
// Threads: any. Borrows the table, which must outlive it.
#pragma once

#include <chrono>

#include <kavro/abi/services/limiter.h>

#include "counter_table.hpp"

namespace kavro::limiter_memory {

class LimiterService {
 public:
  static constexpr std::chrono::hours kPeriodMax{24 * 366 * 100};

  explicit LimiterService(CounterTable& counters) : counters_(counters) {}
  LimiterService(const LimiterService&) = delete;
  LimiterService& operator=(const LimiterService&) = delete;

  const kavro_limiter_v1* table() const { return &table_; }

 private:
  static void hit(void* self, kavro_text key, const kavro_limit* limit, kavro_limiter_fn done, void* user) noexcept;
  static void reset(void* self, kavro_text key, kavro_limiter_fn done, void* user) noexcept;

  CounterTable& counters_;
  const kavro_limiter_v1 table_{sizeof(kavro_limiter_v1), this, hit, reset};
};

}  // namespace kavro::limiter_memory
