// Integers, booleans, durations and sizes as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "kernel/config/schema.hpp"

namespace kavro::config {

// The number, or why there is none: a phrase that can follow "token_ttl: ". For string, path and secret there is none.
// Durations come in milliseconds, sizes in bytes.
std::variant<std::int64_t, std::string> readNumber(SettingType type, std::string_view text);

// The normal form of a number: "on", "90s", "15min", "64KiB", in the largest unit in which it is whole. Read again, it
// is the same number. Days only from two on: 24h stays 24h.
std::string writeNumber(SettingType type, std::int64_t number);

}  // namespace kavro::config
