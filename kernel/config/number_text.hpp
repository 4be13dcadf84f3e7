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

}  // namespace kavro::config
