#include "base64url.hpp"

#include <array>
#include <cstdint>

namespace kavro::vault {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint32_t kNone = 1u << 31;  // beside the 24 bits of a group

// What a digit contributes to a group of four, by its place in it: six bits, shifted to where they belong.
constexpr auto kDigitBits = [] {
  std::array<std::array<std::uint32_t, 256>, 4> bits{};
  for (size_t place = 0; place < 4; ++place) {
    bits[place].fill(kNone);
    for (std::uint32_t value = 0; value < 64; ++value) {
      bits[place][static_cast<unsigned char>(kAlphabet[value])] = value << (18 - 6 * place);
    }
  }
  return bits;
}();

std::uint32_t byteAt(std::string_view bytes, size_t i) { return static_cast<unsigned char>(bytes[i]); }
char digit(std::uint32_t bits) { return kAlphabet[bits & 63]; }

}  // namespace

std::string encodeBase64Url(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  char* out = text.data();
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3, out += 4) {
    const std::uint32_t group = byteAt(bytes, i) << 16 | byteAt(bytes, i + 1) << 8 | byteAt(bytes, i + 2);
    out[0] = digit(group >> 18);
    out[1] = digit(group >> 12);
    out[2] = digit(group >> 6);
    out[3] = digit(group);
  }
  if (const size_t rest = bytes.size() - i; rest > 0) {
    const std::uint32_t group = byteAt(bytes, i) << 16 | (rest == 2 ? byteAt(bytes, i + 1) << 8 : 0);
    out[0] = digit(group >> 18);
    out[1] = digit(group >> 12);
    if (rest == 2) out[2] = digit(group >> 6);
  }
  return text;
}

std::optional<std::string> decodeBase64Url(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string bytes(text.size() / 4 * 3 - padding, '\0');
  std::uint32_t seen = 0;  // gathers kNone, so that the loop has no branch per character

  char* out = bytes.data();
  const size_t whole = padding == 0 ? text.size() : text.size() - 4;
  size_t i = 0;
  for (; i < whole; i += 4, out += 3) {
    const std::uint32_t group = kDigitBits[0][byteAt(text, i)] | kDigitBits[1][byteAt(text, i + 1)] |
                                kDigitBits[2][byteAt(text, i + 2)] | kDigitBits[3][byteAt(text, i + 3)];
    seen |= group;
    out[0] = static_cast<char>(group >> 16);
    out[1] = static_cast<char>(group >> 8);
    out[2] = static_cast<char>(group);
  }
  std::uint32_t left_over = 0;  // bits that carry nothing
  if (padding != 0) {
    std::uint32_t group = kDigitBits[0][byteAt(text, i)] | kDigitBits[1][byteAt(text, i + 1)];
    if (padding == 1) group |= kDigitBits[2][byteAt(text, i + 2)];
    seen |= group;
    out[0] = static_cast<char>(group >> 16);
    if (padding == 1) out[1] = static_cast<char>(group >> 8);
    left_over = group & (padding == 1 ? 0xFF : 0xFFFF);
  }
  if ((seen & kNone) != 0 || left_over != 0) return std::nullopt;
  return bytes;
}

}  // namespace kavro::vault
