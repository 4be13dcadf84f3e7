// What counts as a public key: the setting key_format.
//
//   x25519   64 hex digits, the u-coordinate of RFC 7748 section 5, and a point with which a secret can be agreed.
//            Refused are the encodings of the points of small order: with them every shared secret is zero
//            (RFC 7748 section 6.1). Encodings that are not reduced, and a set top bit, are accepted, because
//            implementations MUST accept them (section 5). Stored in lower case.
//   any      1 to bytes_max bytes of text without control characters, stored as sent: for clients of the Python Kavro.
//
// Threads: any. Costs one scalar multiplication, about 30 microseconds.
#pragma once

#include <cstddef>
#include <string_view>

#include "checked.hpp"

namespace kavro::keys {

enum class KeyFormat { kX25519, kAny };

class KeyRule {
 public:
  static constexpr size_t kX25519HexDigits = 64;

  KeyRule(KeyFormat format, size_t bytes_max) : format_(format), bytes_max_(bytes_max) {}

  Checked check(std::string_view text) const;

 private:
  KeyFormat format_;
  size_t bytes_max_;  // of kAny
};

}  // namespace kavro::keys
