#include "ephemeral_key.hpp"

#include <algorithm>
#include <array>

namespace kavro::messaging {
namespace {

// The u-coordinates of all points of small order on Curve25519 and its twist, little-endian in lower-case hex, without
// the top bit: 0 (order 2), 1 and p - 1 (order 4), the two of order 8, and 0 and 1 again as p and p + 1. Their other
// multiples of p do not fit 255 bits.
constexpr std::array<std::string_view, 7> kSmallOrder{
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

// The hex digit in lower case that a character is, 0 for every other character.
constexpr std::array<char, 256> kHexDigits = [] {
  std::array<char, 256> digits{};
  for (const char c : std::string_view("0123456789abcdef")) digits[static_cast<unsigned char>(c)] = c;
  for (const char c : std::string_view("ABCDEF")) {
    digits[static_cast<unsigned char>(c)] = static_cast<char>(c - 'A' + 'a');
  }
  return digits;
}();

// `key` is 64 lower-case hex digits.
bool isSmallOrder(std::string_view key) {
  // The top bit of the last byte, which X25519 ignores, is in the last digit but one: 8 to f are 0 to 7 again.
  constexpr size_t kTop = EphemeralKeyRule::kX25519HexDigits - 2;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  return std::any_of(kSmallOrder.begin(), kSmallOrder.end(), [&](std::string_view point) {
    return key.back() == point.back() && digit(key[kTop]) % 8 == digit(point[kTop]) &&
           key.substr(0, kTop) == point.substr(0, kTop);
  });
}

EphemeralKeyRule::Checked checkX25519(std::string_view text) {
  if (text.size() != EphemeralKeyRule::kX25519HexDigits) {
    return {{}, "expected 64 hex digits (an X25519 public key), found " + std::to_string(text.size()) + " characters"};
  }
  std::string key(text);
  bool is_hex = true;
  for (char& c : key) {
    c = kHexDigits[static_cast<unsigned char>(c)];
    is_hex &= c != 0;
  }
  if (!is_hex) {
    return {{}, "expected 64 hex digits (an X25519 public key), found another character"};
  }
  if (isSmallOrder(key)) {
    return {{}, "not a usable X25519 public key: a point of small order, no secret can be agreed with it"};
  }
  return {std::move(key), {}};
}

bool isControlCharacter(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

EphemeralKeyRule::Checked EphemeralKeyRule::check(std::string_view text) const {
  if (format_ == KeyFormat::kX25519) return checkX25519(text);
  if (text.empty()) return {{}, "must not be empty"};
  if (text.size() > bytes_max_) {
    return {
        {},
        "is " + std::to_string(text.size()) + " bytes long, at most " + std::to_string(bytes_max_) + " are allowed"};
  }
  if (std::any_of(text.begin(), text.end(), isControlCharacter)) {
    return {{}, "must not contain control characters"};
  }
  return {std::string(text), {}};
}

}  // namespace kavro::messaging
