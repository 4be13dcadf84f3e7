#include "limiter_service.hpp"

#include <algorithm>
#include <new>

#include <kavro/text.hpp>

namespace kavro::limiter_memory {

namespace {

std::chrono::milliseconds period(std::uint64_t ms) {
  constexpr std::chrono::milliseconds most = LimiterService::kPeriodMax;
  return std::chrono::milliseconds(std::min<std::uint64_t>(ms, static_cast<std::uint64_t>(most.count())));
}

kavro_limit_decision toAbi(const Decision& decision) {
  const auto reset = std::chrono::ceil<std::chrono::milliseconds>(decision.reset);
  return {sizeof(kavro_limit_decision), decision.allowed ? 1 : 0, decision.remaining,
          static_cast<std::uint64_t>(reset.count())};
}

}  // namespace

void LimiterService::hit(void* self, kavro_text key, const kavro_limit* limit, kavro_limiter_fn done,
                         void* user) noexcept {
  if (!limit || !KAVRO_HAS(limit, window_ms) || limit->count_max == 0 || limit->window_ms == 0) {
    return done(user, KAVRO_INVALID, nullptr);
  }
  const std::uint64_t block = KAVRO_HAS(limit, block_ms) ? limit->block_ms : 0;
  kavro_limit_decision decision;
  try {
    decision = toAbi(static_cast<LimiterService*>(self)->counters_.hit(
        fromAbi(key), {limit->count_max, period(limit->window_ms), period(block)}));
  } catch (const std::bad_alloc&) {
    return done(user, KAVRO_UNAVAILABLE, nullptr);
  }
  done(user, KAVRO_OK, &decision);
}

void LimiterService::reset(void* self, kavro_text key, kavro_limiter_fn done, void* user) noexcept {
  static_cast<LimiterService*>(self)->counters_.reset(fromAbi(key));
  done(user, KAVRO_OK, nullptr);
}

}  // namespace kavro::limiter_memory
