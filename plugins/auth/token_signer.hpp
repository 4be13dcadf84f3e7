// TokenSigner: issues tokens: compact JWTs (RFC 7519, RFC 7515) such as
//
//   base64url({"alg":"HS256","typ":"JWT","kid":"..."}) .
//   base64url({"sub":"7","exp":1767225600,"iat":1767139200}) . base64url(signature)
//
// With an issuer and an audience they are claims too: "iss", "aud".
// Threads: any.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "token_key.hpp"
#include "token_parties.hpp"

namespace kavro::auth {

class TokenSigner {
 public:
  // `key` lives longer than the signer.
  TokenSigner(const TokenKey& key, std::chrono::milliseconds ttl, TokenParties parties = {});

  // A token for the user, good from `now` on for the time to live.
  std::string sign(int64_t userId, std::chrono::system_clock::time_point now) const;

 private:
  const TokenKey& key_;
  std::chrono::milliseconds ttl_;
  TokenParties parties_;
  std::string header_;  // as it stands in every token, with its dot
};

}  // namespace kavro::auth
