// The words of this plugin: a limit and a decision as kavro.limiter/1 has them, with units in their types.
#pragma once

#include <chrono>
#include <cstdint>

namespace kavro::limiter_redis {

using Clock = std::chrono::steady_clock;

// Windows and blocks that are longer are taken as this.
inline constexpr std::chrono::milliseconds kPeriodMax = std::chrono::hours(24 * 366 * 100);

// As kavro_limit, checked: countMax and window are positive.
struct Limit {
  std::uint64_t countMax;
  std::chrono::milliseconds window;
  std::chrono::milliseconds block{0};  // 0: until the window ends
};

// As kavro_limit_decision.
struct Decision {
  bool allowed;
  std::uint64_t remaining;
  std::chrono::milliseconds reset;  // until the key is empty again
};

}  // namespace kavro::limiter_redis
