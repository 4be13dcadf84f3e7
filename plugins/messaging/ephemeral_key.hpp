// What counts as an ephemeral public key: the setting key_format.
//
//   x25519   64 hex digits, the u-coordinate of RFC 7748 section 5, and not a point of small order: with those every
//            shared secret is zero (section 6.1). Encodings that are not reduced, and a set top bit, are accepted,
//            because implementations MUST accept them (section 5). Stored in lower case.
//   any      1 to bytes_max bytes of text without control characters, stored as sent: for clients of the Python Kavro.
//
// The points of small order are a list, because this runs for each message: comparing takes some nanoseconds, a scalar
// multiplication 30 microseconds. Tests hold the list against libsodium and Wycheproof.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kavro::messaging {

enum class KeyFormat { kX25519, kAny };

class EphemeralKeyRule {
 public:
  static constexpr size_t kX25519HexDigits = 64;

  EphemeralKeyRule(KeyFormat format, size_t bytes_max) : format_(format), bytes_max_(bytes_max) {}

  // A key as it is stored, or the reason to refuse it: a phrase that can follow "ephemeral_pubkey: ".
  struct Checked {
    std::string key;
    std::string reason;  // empty when the key is good
  };
  Checked check(std::string_view text) const;

 private:
  KeyFormat format_;
  size_t bytes_max_;  // of kAny
};

}  // namespace kavro::messaging
