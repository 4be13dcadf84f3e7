// What counts as the name of a device: text for people, bounded, on one line.
// Text is UTF-8; the JSON parser has checked it. Threads: any.
#pragma once

#include <cstddef>
#include <string_view>

#include "checked.hpp"

namespace kavro::keys {

// Whether there is a character that is not seen but does something:
//   U+0000 to U+001F, U+007F to U+009F           C0, DEL, C1: they end lines (U+0085 too), and control terminals
//   U+2028, U+2029                               they end lines and paragraphs
//   U+061C, U+200E, U+200F, U+202A to U+202E,    they turn the direction in which a text is read (Unicode's
//   U+2066 to U+2069                             Bidi_Control), so that a name could look like another
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
