// How long to wait before connecting again: 50 ms, doubled with each attempt up to 1 s, less a random part of up to a
// quarter, so that many servers do not come all at once.
// Threads: one.
#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace kavro::limiter_redis {

class BackOff {
 public:
  static constexpr std::chrono::milliseconds kFirst{50};
  static constexpr std::chrono::milliseconds kLongest{1000};

  std::chrono::milliseconds next() {
    const auto longest = longest_;
    longest_ = std::min(longest_ * 2, kLongest);
    return std::chrono::milliseconds(std::uniform_int_distribution(longest.count() * 3 / 4, longest.count())(random_));
  }
  void reset() { longest_ = kFirst; }

 private:
  std::chrono::milliseconds longest_ = kFirst;
  std::minstd_rand random_{std::random_device()()};
};

}  // namespace kavro::limiter_redis
