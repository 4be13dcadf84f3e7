#include "limiter_service.hpp"

#include <algorithm>
#include <list>
#include <new>
#include <optional>

#include <kavro/text.hpp>

#include "request.hpp"

namespace kavro::limiter_redis {
namespace {

std::chrono::milliseconds period(std::uint64_t ms) {
  return std::chrono::milliseconds(std::min<std::uint64_t>(ms, static_cast<std::uint64_t>(kPeriodMax.count())));
}

std::optional<Limit> limitOf(const kavro_limit* limit) {
  if (!limit || !KAVRO_HAS(limit, window_ms) || limit->count_max == 0 || limit->window_ms == 0) return std::nullopt;
  const std::uint64_t block = KAVRO_HAS(limit, block_ms) ? limit->block_ms : 0;
  return Limit{limit->count_max, period(limit->window_ms), period(block)};
}

}  // namespace

void LimiterService::hit(void* self, kavro_text key, const kavro_limit* abi, kavro_limiter_fn done,
                         void* user) noexcept {
  auto& service = *static_cast<LimiterService*>(self);
  const std::optional<Limit> limit = limitOf(abi);
  if (!limit) return done(user, KAVRO_INVALID, nullptr);
  ++service.counts_.hits;
  std::list<Request> one;
  try {
    one.push_back({Request::Kind::kHit, std::string(fromAbi(key)), *limit, done, user, {}, {}, {}});
    if (service.client_.submit(one) == RedisClient::Submission::kTaken) return;
  } catch (const std::bad_alloc&) {
    return done(user, KAVRO_UNAVAILABLE, nullptr);
  }
  answerByPolicy(one.front(), service.fallback_, service.counts_);
}

void LimiterService::reset(void* self, kavro_text key, kavro_limiter_fn done, void* user) noexcept {
  auto& service = *static_cast<LimiterService*>(self);
  ++service.counts_.resets;
  kavro_status status = KAVRO_UNAVAILABLE;
  try {
    service.fallback_.reset(fromAbi(key));
    std::list<Request> one;
    one.push_back({Request::Kind::kReset, std::string(fromAbi(key)), {}, done, user, {}, {}, {}});
    const RedisClient::Submission submission = service.client_.submit(one);
    if (submission == RedisClient::Submission::kTaken) return;
    if (submission == RedisClient::Submission::kOwed) status = KAVRO_OK;
  } catch (const std::bad_alloc&) {  // neither asked nor remembered
  }
  done(user, status, nullptr);
}

}  // namespace kavro::limiter_redis
