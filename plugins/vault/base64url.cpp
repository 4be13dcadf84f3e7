#include "base64url.hpp"

#include <array>
#include <cstdint>

namespace kavro::vault {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint32_t kNone = 0xFF;

constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

std::uint32_t byteAt(std::string_view bytes, size_t i) { return static_cast<unsigned char>(bytes[i]); }

}  // namespace

std::string encodeBase64Url(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  char* out = text.data();
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t group = byteAt(bytes, i) << 16 | byteAt(bytes, i + 1) << 8 | byteAt(bytes, i + 2);
    for (int shift = 18; shift >= 0; shift -= 6) *out++ = kAlphabet[group >> shift & 63];
  }
  if (const size_t rest = bytes.size() - i; rest > 0) {
    const std::uint32_t group = byteAt(bytes, i) << 16 | (rest == 2 ? byteAt(bytes, i + 1) << 8 : 0);
    *out++ = kAlphabet[group >> 18 & 63];
    *out++ = kAlphabet[group >> 12 & 63];
    if (rest == 2) *out = kAlphabet[group >> 6 & 63];
  }
  return text;
}

std::optional<std::string> decodeBase64Url(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const size_t digits = text.size() - padding;
  std::string bytes(text.size() / 4 * 3 - padding, '\0');
  char* out = bytes.data();
  std::uint32_t group = 0;
  std::uint32_t invalid = 0;  // gathers, so that the loop has no branch per character
  for (size_t i = 0; i < digits; ++i) {
    const std::uint32_t value = kValues[static_cast<unsigned char>(text[i])];
    invalid |= value & 0x80;
    group = group << 6 | (value & 63);
    if (i % 4 == 3) {
      *out++ = static_cast<char>(group >> 16);
      *out++ = static_cast<char>(group >> 8);
      *out++ = static_cast<char>(group);
      group = 0;
    }
  }
  if (padding == 1) {
    *out++ = static_cast<char>(group >> 10);
    *out = static_cast<char>(group >> 2);
    invalid |= group & 3;
  } else if (padding == 2) {
    *out = static_cast<char>(group >> 4);
    invalid |= group & 15;
  }
  if (invalid != 0) return std::nullopt;
  return bytes;
}

}  // namespace kavro::vault
