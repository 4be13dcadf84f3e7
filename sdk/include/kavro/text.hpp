// Text across the boundary: kavro_text is std::string_view with a C name.
#pragma once

#include <string>
#include <string_view>

#include <kavro/abi/base.h>

namespace kavro {

constexpr kavro_text toAbi(std::string_view text) { return {text.data(), text.size()}; }

constexpr std::string_view fromAbi(kavro_text text) {
  return text.size == 0 ? std::string_view() : std::string_view(text.data, text.size);
}

// ASCII only, as header field names and HTTP tokens are compared.
constexpr bool equalsIgnoringCase(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    const char a = left[i], b = right[i];
    const char lowerA = a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a;
    const char lowerB = b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b;
    if (lowerA != lowerB) return false;
  }
  return true;
}

}  // namespace kavro
