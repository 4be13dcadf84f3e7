#include "device_name.hpp"

#include <algorithm>
#include <string>

namespace kavro::keys {

bool hasControlCharacter(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = [&](size_t ahead) {
      return i + ahead < text.size() ? static_cast<unsigned char>(text[i + ahead]) : 0U;
    };
    const unsigned lead = byte(0), second = byte(1), third = byte(2);
    if (lead < 0x20 || lead == 0x7F) return true;
    if (lead == 0xC2 && second >= 0x80 && second < 0xA0) return true;                     // U+0080 to U+009F
    if (lead == 0xD8 && second == 0x9C) return true;                                      // U+061C
    if (lead == 0xE2 && second == 0x80 && (third == 0x8E || third == 0x8F)) return true;  // U+200E, U+200F
    if (lead == 0xE2 && second == 0x80 && third >= 0xA8 && third <= 0xAE) return true;    // U+2028 to U+202E
    if (lead == 0xE2 && second == 0x81 && third >= 0xA6 && third <= 0xA9) return true;    // U+2066 to U+2069
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
  if (hasControlCharacter(text)) {
    return Checked::refused(
        "must not contain control characters, line separators or marks that turn the direction of reading");
  }
  return Checked::good(std::string(text));
}

}  // namespace kavro::keys
