#include "password_text.hpp"

#include <sodium.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace kavro::auth {
namespace {

constexpr int kNfc = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
constexpr int kFold = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;

bool isAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Whether the text is UTF-8, and no letter in it has more marks than kMarksMax once it is taken apart.
bool isSafe(std::string_view text, int options) {
  std::array<utf8proc_int32_t, 32> parts;  // of one code point: 18 at most
  std::size_t marks = 0;
  int boundary = 0;
  while (!text.empty()) {
    utf8proc_int32_t code_point = 0;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                         static_cast<utf8proc_ssize_t>(text.size()), &code_point);
    if (length <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(length));
    const auto count = utf8proc_decompose_char(code_point, parts.data(), static_cast<utf8proc_ssize_t>(parts.size()),
                                               static_cast<utf8proc_option_t>(options | UTF8PROC_DECOMPOSE), &boundary);
    if (count < 0 || static_cast<std::size_t>(count) > parts.size()) return false;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      marks = utf8proc_get_property(parts[i])->combining_class == 0 ? 0 : marks + 1;
      if (marks > kMarksMax) return false;
    }
  }
  return true;
}

std::string mapped(std::string_view text, int options) {
  if (!isSafe(text, options)) return std::string(text);
  utf8proc_uint8_t* out = nullptr;
  const auto size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &out, static_cast<utf8proc_option_t>(options));
  if (size < 0) return std::string(text);
  std::string result(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
  sodium_memzero(out, static_cast<std::size_t>(size));
  std::free(out);
  return result;
}

}  // namespace

std::string normalizedPassword(std::string_view password) {
  return isAscii(password) ? std::string(password) : mapped(password, kNfc);
}

std::string foldedPassword(std::string_view password) {
  if (!isAscii(password)) return mapped(password, kFold);
  std::string folded(password);
  for (char& c : folded) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return folded;
}

}  // namespace kavro::auth
