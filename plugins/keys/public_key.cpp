#include "public_key.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <string>

#include "device_name.hpp"

namespace kavro::keys {
namespace {

using Point = std::array<unsigned char, crypto_scalarmult_BYTES>;
static_assert(KeyRule::kX25519HexDigits == 2 * crypto_scalarmult_BYTES);

bool isUsable(const Point& point) {
  // Any scalar finds out: clamping makes it a multiple of 8, which sends each point of small order to zero, and
  // libsodium refuses to return that.
  static constexpr std::array<unsigned char, crypto_scalarmult_SCALARBYTES> kScalar{0x40};
  Point shared;
  return crypto_scalarmult(shared.data(), kScalar.data(), point.data()) == 0;
}

Checked checkX25519(std::string_view text) {
  if (text.size() != KeyRule::kX25519HexDigits) {
    return Checked::refused("expected 64 hex digits (an X25519 public key), found " + std::to_string(text.size()) +
                            " characters");
  }
  Point point;
  size_t size = 0;
  if (sodium_hex2bin(point.data(), point.size(), text.data(), text.size(), nullptr, &size, nullptr) != 0 ||
      size != point.size()) {
    return Checked::refused("expected 64 hex digits (an X25519 public key), found another character");
  }
  if (!isUsable(point)) {
    return Checked::refused("not a usable X25519 public key: a point of small order, no secret can be agreed with it");
  }
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  return Checked::good(std::move(lower));
}

}  // namespace

Checked KeyRule::check(std::string_view text) const {
  if (format_ == KeyFormat::kX25519) return checkX25519(text);
  if (text.empty()) return Checked::refused("must not be empty");
  if (text.size() > bytes_max_) {
    return Checked::refused("is " + std::to_string(text.size()) + " bytes long, at most " + std::to_string(bytes_max_) +
                            " are allowed");
  }
  if (hasControlCharacter(text)) return Checked::refused("must not contain control characters");
  return Checked::good(std::string(text));
}

}  // namespace kavro::keys
