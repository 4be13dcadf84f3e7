#include "device_name.hpp"

#include <algorithm>
#include <string>

namespace kavro::keys {

bool hasControlCharacter(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    // U+0080 to U+009F are C2 80 to C2 9F.
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  return false;
}

Checked DeviceNameRule::check(std::string_view text) const {
  const auto length = static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  if (length > length_max_) {
    return Checked::refused("is " + std::to_string(length) + " characters long, at most " +
                            std::to_string(length_max_) + " are allowed");
  }
  if (hasControlCharacter(text)) return Checked::refused("must not contain control characters");
  return Checked::good(std::string(text));
}

}  // namespace kavro::keys
