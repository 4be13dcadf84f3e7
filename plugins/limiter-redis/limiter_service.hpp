// The client and the fallback as kavro.limiter/1, the C table that other plugins call.
//
// `done` is called on the client's thread, or before hit() or reset() has returned when nobody has to be asked: Redis
// is away, too many hits wait, the limit is wrong. Either way without a lock, and exactly once; both are what
// abi/services/ limiter.h allows, and what the SDK's Callback is made for.
//
// Status: KAVRO_INVALID for a limit whose count_max or window_ms is 0; KAVRO_UNAVAILABLE when memory is out, or for a
// reset that can neither be asked of Redis nor remembered. Windows and blocks longer than kPeriodMax are taken as it.
//
// A reset empties this server's own counter at once, and Redis's with the client.
//
// Threads: any. Borrows its parts, which must outlive it.
#pragma once

#include <chrono>

#include <kavro/abi/services/limiter.h>

#include "counts.hpp"
#include "fallback.hpp"
#include "redis_client.hpp"

namespace kavro::limiter_redis {

class LimiterService {
 public:
  LimiterService(RedisClient& client, Fallback& fallback, Counts& counts)
      : client_(client), fallback_(fallback), counts_(counts) {}
  LimiterService(const LimiterService&) = delete;
  LimiterService& operator=(const LimiterService&) = delete;

  const kavro_limiter_v1* table() const { return &table_; }

 private:
  static void hit(void* self, kavro_text key, const kavro_limit* limit, kavro_limiter_fn done, void* user) noexcept;
  static void reset(void* self, kavro_text key, kavro_limiter_fn done, void* user) noexcept;

  RedisClient& client_;
  Fallback& fallback_;
  Counts& counts_;
  const kavro_limiter_v1 table_{sizeof(kavro_limiter_v1), this, hit, reset};
};

}  // namespace kavro::limiter_redis
