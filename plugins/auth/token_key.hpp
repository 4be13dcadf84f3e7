// TokenKey: the shared secret that signs and checks tokens, as HMAC-SHA-256 (RFC 2104; HS256 of RFC 7518 section 3.2).
// Threads: any. Holds the key prepared for use and wipes it at the end; the secret itself is not kept.
#pragma once

#include <sodium.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace kavro::auth {

// RFC 7518 section 3.2: a key as long as the hash or longer.
inline constexpr std::size_t kSecretBytesMin = 32;

using TokenMac = std::array<unsigned char, crypto_auth_hmacsha256_BYTES>;

class TokenKey {
 public:
  // Throws Error(kInvalid) when `secret` is shorter than `bytesMin`.
  explicit TokenKey(std::string_view secret, std::size_t bytesMin = kSecretBytesMin);
  TokenKey(const TokenKey&) = delete;
  TokenKey& operator=(const TokenKey&) = delete;
  ~TokenKey();

  TokenMac mac(std::string_view text) const;
  // In constant time.
  bool matches(std::string_view text, const TokenMac& mac) const;

 private:
  crypto_auth_hmacsha256_state keyed_;
};

}  // namespace kavro::auth
