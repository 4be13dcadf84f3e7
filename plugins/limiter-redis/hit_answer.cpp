#include "hit_answer.hpp"

#include <algorithm>

namespace kavro::limiter_redis {

std::optional<Decision> decisionOf(const redisReply& reply, const Limit& limit) {
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 3) return std::nullopt;
  const auto isInteger = [](const redisReply* part) { return part->type == REDIS_REPLY_INTEGER && part->integer >= 0; };
  if (!std::all_of(reply.element, reply.element + 3, isInteger) || reply.element[0]->integer > 1) return std::nullopt;
  const bool allowed = reply.element[0]->integer != 0;
  const auto count = static_cast<std::uint64_t>(reply.element[1]->integer);
  // At least 1: a key that is full is full for some time. At most what a limit can say, for whoever calculates with it.
  const std::chrono::milliseconds left(reply.element[2]->integer);
  return Decision{allowed, allowed && count < limit.countMax ? limit.countMax - count : 0,
                  std::clamp(left, std::chrono::milliseconds(1), kPeriodMax)};
}

}  // namespace kavro::limiter_redis
