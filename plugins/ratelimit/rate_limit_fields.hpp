// The values of RateLimit-Policy, RateLimit and Retry-After.
// Source: draft-ietf-httpapi-ratelimit-headers-10; lists of structured fields (RFC 9651) whose items are strings.
//
//   RateLimit-Policy: "login";q=5;w=900     q: requests per window; w: the window in seconds
//   RateLimit: "login";r=4;t=890            r: requests left; t: seconds until the window ends
//   Retry-After: 890
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "rule.hpp"

namespace kavro::ratelimit {

std::string policyField(const std::vector<const Rule*>& rules);

// Adds the state of one rule to a list that may have others already.
void appendState(std::string& list, const Rule& rule, std::uint64_t remaining, std::chrono::milliseconds reset);

// Whole seconds, rounded up, at least 1: who waits as long is let in.
std::int64_t wholeSeconds(std::chrono::milliseconds time);

}  // namespace kavro::ratelimit
