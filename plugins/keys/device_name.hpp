// What counts as the name of a device: text for people, bounded, on one line.
// Text is UTF-8; the JSON parser has checked it. Threads: any.
#pragma once

#include <cstddef>
#include <string_view>

#include "checked.hpp"

namespace kavro::keys {

// C0, DEL and C1: U+0000 to U+001F, U+007F to U+009F.
bool hasControlCharacter(std::string_view text);

class DeviceNameRule {
 public:
  explicit DeviceNameRule(size_t length_max) : length_max_(length_max) {}

  // May be empty.
  Checked check(std::string_view text) const;

 private:
  size_t length_max_;  // in code points
};

}  // namespace kavro::keys
