// Ed25519Key: signs tokens with a private key, and checks them with the public one, which everybody may know: EdDSA of
// RFC 8037, with Ed25519 of RFC 8032 and nothing else.
//
//   openssl genpkey -algorithm ed25519 -out token.key       what `fromPem` reads: PKCS#8 (RFC 8410)
//   openssl pkey -in token.key -pubout -out token.pub       and the public key of it, which can only check
//
// Its id is the thumbprint of RFC 7638: base64url(SHA-256({"crv":"Ed25519","kty":"OKP","x":"..."})).
// The private key is wiped at the end.
#pragma once

#include <sodium.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "token_key.hpp"

namespace kavro::auth {

class Ed25519Key final : public TokenKey {
 public:
  static constexpr std::string_view kAlgorithm = "EdDSA";

  // One PEM block, a private or a public key. Throws Error(kInvalid) that says what was found and how to make one, and
  // never has a piece of it.
  static std::unique_ptr<const Ed25519Key> fromPem(std::string_view pem);
  // Of a public key's 32 bytes: it can only check.
  static std::unique_ptr<const Ed25519Key> fromPublicKey(std::string_view bytes);

  ~Ed25519Key() override;

  bool canSign() const { return can_sign_; }
  // The member "x" of its JWK (RFC 8037 section 2).
  std::string publicKey() const;

  std::string sign(std::string_view text) const override;
  bool verifies(std::string_view text, std::string_view signature) const override;

 private:
  Ed25519Key() : TokenKey(kAlgorithm) {}
  void finish();

  bool can_sign_ = false;
  std::array<unsigned char, crypto_sign_ed25519_SECRETKEYBYTES> secret_key_{};
  std::array<unsigned char, crypto_sign_ed25519_PUBLICKEYBYTES> public_key_{};
};

}  // namespace kavro::auth
