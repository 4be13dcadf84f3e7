// Ed25519 as libsodium has it. The key of the settings is its seed: 64 hexadecimal digits, of `openssl rand -hex 32`.
// The key of the macs (sealed_line.hpp) is derived from the same seed.
#pragma once

#include <string_view>

#include "sealed_line.hpp"

namespace kavro::audit {

using PublicKey = Bytes<32>;

class SigningKey {
 public:
  // Throws std::invalid_argument: signing_key is none. White space around the digits is left out.
  explicit SigningKey(std::string_view seed);
  ~SigningKey();
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;

  const PublicKey& publicKey() const { return public_key_; }
  Signature sign(const Hash& hash) const;
  // Of the line after `before`; `body` is the line up to where its mac begins.
  Mac macOf(const Position& before, std::string_view body) const;

 private:
  PublicKey public_key_;
  Bytes<32> mac_key_;
  Bytes<64> secret_key_;
};

bool isSignedBy(const PublicKey& key, const Hash& hash, const Signature& signature);

}  // namespace kavro::audit
