// One rule, as it is written in the configuration:
//
//   rule.NAME = METHOD PATH COUNT per WINDOW by KEY
//   rule.login = POST /auth/login 5 per 15min by address
//
//   NAME     1 to 64 letters, digits, "_", "-"; shown to clients in the RateLimit fields
//   METHOD   GET, POST, ...; "*" for every one. GET counts HEAD as well, as the same route answers both.
//   PATH     see route_pattern.hpp
//   COUNT    1 to 1,000,000,000
//   WINDOW   a number and s, min, m, h or d, 1s to 366d; opens with the first request that is counted
//   KEY      address: who is counted is the client's address; user: the user the request was authenticated as, and a
//            request without one is not counted
//
// Threads: immutable.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kavro/services/limiter.hpp>

#include "route_pattern.hpp"

namespace kavro::ratelimit {

enum class By { kAddress, kUser };

struct Rule {
  static constexpr std::uint64_t kCountMax = 1'000'000'000;
  static constexpr std::chrono::hours kWindowMax{24 * 366};
  static constexpr std::size_t kNameBytesMax = 64;

  std::string name;
  std::string method;  // "*" for every one
  RoutePattern pattern;
  Limit limit;
  By by;

  // Reads the value of `rule.NAME`. Throws std::invalid_argument with `rule.NAME: found ..., expected ...`.
  static Rule parse(std::string_view name, std::string_view value);

  // GET also counts HEAD.
  bool countsMethod(std::string_view requestMethod) const {
    return method == "*" || method == requestMethod || (method == "GET" && requestMethod == "HEAD");
  }
};

// The rules that hold unless the configuration replaces them: register, login, send.
std::vector<Rule> defaultRules();

}  // namespace kavro::ratelimit
