// Decides while Redis is away, as [limiter-redis] on_failure says:
//
//   local   this server counts by itself, in LocalCounters: n servers together allow up to n times the limit
//   allow   every hit is allowed, with the full limit remaining
//   deny    every hit is denied; reset says when to try again: when Redis may be back, at the latest at the window's
//   end
//
// Threads: any. Errors: std::bad_alloc with kLocal, and then nothing was counted.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>

#include "back_off.hpp"
#include "local_counters.hpp"

namespace kavro::limiter_redis {

enum class OnFailure { kLocal, kAllow, kDeny };

// As it is written in the configuration.
constexpr std::string_view nameOf(OnFailure policy) {
  return policy == OnFailure::kLocal ? "local" : policy == OnFailure::kAllow ? "allow" : "deny";
}

class Fallback {
 public:
  Fallback(OnFailure policy, std::size_t keysMax)
      : policy_(policy), counters_(policy == OnFailure::kLocal ? std::make_unique<LocalCounters>(keysMax) : nullptr) {}

  OnFailure policy() const { return policy_; }

  Decision decide(std::string_view key, const Limit& limit) {
    switch (policy_) {
      case OnFailure::kLocal:
        return counters_->hit(key, limit);
      case OnFailure::kAllow:
        return {true, limit.countMax, limit.window};
      case OnFailure::kDeny:
        break;
    }
    return {false, 0, std::min(limit.window, BackOff::kLongest)};
  }

  void reset(std::string_view key) {
    if (counters_) counters_->reset(key);
  }

  // Null unless the policy is kLocal.
  LocalCounters* counters() { return counters_.get(); }

 private:
  const OnFailure policy_;
  const std::unique_ptr<LocalCounters> counters_;
};

}  // namespace kavro::limiter_redis
