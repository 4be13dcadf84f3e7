// The answer of the script that counts (hit_script.hpp), read strictly: an answer of another shape was given to another
// question, or by something else than Redis.
#pragma once

#include <hiredis/hiredis.h>

#include <optional>
#include <string_view>

#include "limit.hpp"

namespace kavro::limiter_redis {

inline constexpr std::string_view kStrangeHitAnswer = "it answers a hit with something else than three numbers";

// Nothing when it is something else than three numbers of the script's.
std::optional<Decision> decisionOf(const redisReply& reply, const Limit& limit);

}  // namespace kavro::limiter_redis
