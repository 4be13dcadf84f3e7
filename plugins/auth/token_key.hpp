// TokenKey: a key of tokens. It belongs to one algorithm and is never used with another.
//
//   HmacKey      HS256: a secret that signs and checks
//   Ed25519Key   EdDSA: a private key that signs, a public one that checks
//
// Threads: any.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace kavro::auth {

class TokenKey {
 public:
  TokenKey(const TokenKey&) = delete;
  TokenKey& operator=(const TokenKey&) = delete;
  virtual ~TokenKey() = default;

  // As a token's header names it: "HS256".
  std::string_view algorithm() const { return algorithm_; }
  // Its `kid`: made from the key, so that every machine that has the key calls it the same. Tells nothing of a secret
  // that a token does not tell.
  const std::string& id() const { return id_; }

  // The signature, as bytes. Throws std::logic_error for a key that can only check.
  virtual std::string sign(std::string_view text) const = 0;
  // In constant time where there is a secret in it.
  virtual bool verifies(std::string_view text, std::string_view signature) const = 0;

 protected:
  explicit TokenKey(std::string_view algorithm) : algorithm_(algorithm) {}
  void setId(std::string id) { id_ = std::move(id); }

 private:
  std::string_view algorithm_;  // a literal
  std::string id_;
};

}  // namespace kavro::auth
