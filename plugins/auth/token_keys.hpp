// TokenKeys: the keys of the tokens: the current one signs, all of them check. So a key is replaced by putting a new
// one in its place, and the old one is dropped when no token of it is good any more. Threads: any. Errors of reading:
// Error(kInvalid) whose text is for the operator and never has a key in it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ed25519_key.hpp"
#include "token_key.hpp"

namespace kavro::auth {

class TokenKeys {
 public:
  // More than anybody rotates through; each costs a try per token that does not say by which it is signed.
  static constexpr std::size_t kPreviousMax = 16;

  explicit TokenKeys(std::unique_ptr<const TokenKey> current);

  // `algorithm`: "HS256", then `secret` is one; or "EdDSA", then it is an Ed25519 private key in PEM. `previous`: any
  // number up to kPreviousMax of both kinds: PEM blocks, private or public, and between them HS256 secrets separated by
  // blanks, tabs and lines.
  static TokenKeys read(std::string_view algorithm, std::string_view secret, std::string_view previous);

  // A key that is there already is not added again.
  void addPrevious(std::unique_ptr<const TokenKey> key);

  const TokenKey& current() const { return *keys_.front(); }
  const std::vector<std::unique_ptr<const TokenKey>>& all() const { return keys_; }

  // Those that are no secret, for everybody who wants to check a token (RFC 7517 section 5). Empty: there are none.
  std::string publicKeySet() const;

 private:
  std::vector<std::unique_ptr<const TokenKey>> keys_;  // the first is current
};

}  // namespace kavro::auth
