#include "request.hpp"

#include <new>

namespace kavro::limiter_redis {

void answer(const Request& request, const Decision& decision, Counts& counts) noexcept {
  ++(decision.allowed ? counts.allowed : counts.denied);
  const kavro_limit_decision abi{sizeof abi, decision.allowed ? 1 : 0, decision.remaining,
                                 static_cast<std::uint64_t>(decision.reset.count())};
  request.done(request.user, KAVRO_OK, &abi);
}

void answerByPolicy(const Request& request, Fallback& fallback, Counts& counts) noexcept {
  ++counts.policyDecisions;
  Decision decision;
  try {
    decision = fallback.decide(request.key, request.limit);
  } catch (const std::bad_alloc&) {
    return request.done(request.user, KAVRO_UNAVAILABLE, nullptr);
  }
  answer(request, decision, counts);
}

}  // namespace kavro::limiter_redis
