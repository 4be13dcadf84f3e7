// HmacKey: a shared secret that signs and checks tokens, as HMAC-SHA-256 (RFC 2104; HS256 of RFC 7518 section 3.2).
//
// Its id is the beginning of an HMAC under the key, of a text that is no token's. A hash of the secret itself, as RFC
// 7638 has it, would let everyone who sees a token try secrets faster than by the token's own signature.
//
// Holds the key prepared for use and wipes it at the end; the secret itself is not kept.
#pragma once

#include <sodium.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "token_key.hpp"

namespace kavro::auth {

// RFC 7518 section 3.2: a key as long as the hash or longer.
inline constexpr std::size_t kSecretBytesMin = 32;

class HmacKey final : public TokenKey {
 public:
  static constexpr std::string_view kAlgorithm = "HS256";

  // Throws Error(kInvalid) when `secret` is shorter than `bytesMin`.
  explicit HmacKey(std::string_view secret, std::size_t bytesMin = kSecretBytesMin);
  ~HmacKey() override;

  std::string sign(std::string_view text) const override;
  bool verifies(std::string_view text, std::string_view signature) const override;

 private:
  crypto_auth_hmacsha256_state keyed_;
};

}  // namespace kavro::auth
