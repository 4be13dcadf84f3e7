// Which rules hold: the default ones, and those of the configuration, by name.
//
//   rule.upload = POST /upload 10 per 1h by user   one more
//   rule.login = POST /auth/login 3 per 1h by address   instead of the default login
//   rule.login = off   no such rule
//
// Threads: the one that calls.
#pragma once

#include <vector>

#include <kavro/settings.hpp>

#include "rule.hpp"

namespace kavro::ratelimit {

enum class Defaults { kOn, kOff };

// The default rules that are not replaced come last. Throws Error(kInvalid) that begins with the entry's origin.
std::vector<Rule> rulesOf(const std::vector<Settings::Entry>& entries, Defaults defaults);

}  // namespace kavro::ratelimit
