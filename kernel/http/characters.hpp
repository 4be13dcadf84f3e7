// Character classes of RFC 9110 and RFC 3986 as tables of 256 entries, made at compile time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace kavro::http {

using CharacterTable = std::array<std::uint8_t, 256>;

template <typename Predicate>
constexpr CharacterTable makeTable(Predicate predicate) {
  CharacterTable table{};
  for (unsigned c = 0; c < 256; ++c) table[c] = static_cast<std::uint8_t>(predicate(c));
  return table;
}

constexpr bool isDigit(unsigned c) { return c >= '0' && c <= '9'; }
constexpr bool isUpper(unsigned c) { return c >= 'A' && c <= 'Z'; }
constexpr bool isAlpha(unsigned c) { return isUpper(c) || (c >= 'a' && c <= 'z'); }
constexpr bool isBlank(unsigned c) { return c == ' ' || c == '\t'; }  // OWS, BWS: RFC 9110, 5.6.3

constexpr bool isOneOf(unsigned c, std::string_view set) {
  return c < 128 && set.find(static_cast<char>(c)) != std::string_view::npos;
}

// RFC 9110, 5.6.2: 0 for what may not stand in a token, else the character in lower case.
inline constexpr CharacterTable kTokenLower = makeTable([](unsigned c) -> unsigned {
  if (isUpper(c)) return c + 32;
  return isAlpha(c) || isDigit(c) || (c != 0 && isOneOf(c, "!#$%&'*+-.^_`|~")) ? c : 0;
});

// RFC 9110, 5.5: visible ASCII, blank, tab, and obs-text. Also what a quoted-string may hold (5.6.4), quotes aside.
inline constexpr CharacterTable kFieldValue =
    makeTable([](unsigned c) { return c == '\t' || (c >= 0x20 && c != 0x7F); });

// What a request line may hold, its end included: visible ASCII, blank, CR, LF.
inline constexpr CharacterTable kRequestLine =
    makeTable([](unsigned c) { return c == '\r' || c == '\n' || (c >= 0x20 && c <= 0x7E); });

// A request target: visible ASCII without the fragment's "#" (RFC 9110, 7.1).
inline constexpr CharacterTable kTarget = makeTable([](unsigned c) { return c >= 0x21 && c <= 0x7E && c != '#'; });

// A path: without those that no URI may have (RFC 3986, 3.3), but for "[", "|" and "]", which browsers send as they are.
inline constexpr CharacterTable kPath =
    makeTable([](unsigned c) { return c >= 0x21 && c <= 0x7E && !isOneOf(c, "#?\"<>\\^`{}"); });

// RFC 3986, 3.2.2: a registered name or IPv4 address, percent-encoding aside.
inline constexpr CharacterTable kRegisteredName =
    makeTable([](unsigned c) { return isAlpha(c) || isDigit(c) || (c != 0 && isOneOf(c, "-._~!$&'()*+,;=")); });

// The value of a hexadecimal digit; 0xFF for anything else.
inline constexpr CharacterTable kHexValue = makeTable([](unsigned c) -> unsigned {
  if (isDigit(c)) return c - '0';
  const unsigned lower = c | 0x20;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 0xFF;
});

constexpr std::uint8_t lookUp(const CharacterTable& table, char c) { return table[static_cast<unsigned char>(c)]; }

constexpr bool allOf(const CharacterTable& table, std::string_view text) {
  for (const char c : text) {
    if (lookUp(table, c) == 0) return false;
  }
  return true;
}

// allOf() for kFieldValue and kRequestLine, eight bytes at a time: a word without control characters (and, unless
// obs-text is allowed, without high bits) needs no look at the table.
enum class HighBytes { kAllowed, kRefused };

template <HighBytes high_bytes>
bool allPlainOr(const CharacterTable& table, std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHighs = kOnes << 7;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    const std::uint64_t no_delete = word ^ (kOnes * 0x7F);
    std::uint64_t suspect = ((word - kOnes * 0x20) & ~word) | ((no_delete - kOnes) & ~no_delete);
    if constexpr (high_bytes == HighBytes::kRefused) suspect |= word;
    if ((suspect & kHighs) != 0 && !allOf(table, text.substr(at, 8))) return false;
  }
  return allOf(table, text.substr(at));
}

inline bool isFieldValue(std::string_view text) { return allPlainOr<HighBytes::kAllowed>(kFieldValue, text); }
inline bool isRequestLine(std::string_view text) { return allPlainOr<HighBytes::kRefused>(kRequestLine, text); }

}  // namespace kavro::http
