// TokenVerifier: is this token one that whoever knows the secret has signed, and is it good now?
//
// Strict, in this order:
//   size       at most 4 KiB
//   form       three parts of unpadded base64url (RFC 7515 appendix C), no stray bits in the last character
//   signature  HMAC-SHA-256 over the first two parts; nothing that is not authentic is parsed
//   header     a JSON object; alg is "HS256"; typ, if there, is "JWT"; crit is refused (RFC 7515 section 4.1.11: we
//              know none); other members mean nothing
//   claims     a JSON object; sub is a string of digits without leading zeros, above 0; exp is a number and in the
//              future; nbf, if there, is a number and past; iat, if there, is a number; aud is refused (RFC 7519
//              section 4.1.3: we are none); other members mean nothing
//
// Threads: any.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kavro/request.hpp>

#include "token_key.hpp"

namespace kavro::auth {

inline constexpr std::size_t kTokenBytesMax = 4096;

// What a good token says.
struct Claims {
  int64_t userId;
  double expires_s;  // Unix time
};

class TokenVerifier {
 public:
  struct Verdict {
    std::optional<Claims> claims;  // nothing: refused
    std::string_view why;          // then: a phrase for the client, a literal of printable ASCII without quotes
  };

  // `key` and `tables` live longer than the verifier.
  TokenVerifier(const TokenKey& key, const Request::Tables& tables, std::chrono::milliseconds leeway)
      : key_(key), tables_(tables), leeway_(leeway) {}

  Verdict verify(std::string_view token, std::chrono::system_clock::time_point now) const;

  // The part about the signature: stores the decoded middle part, whatever it is. Returns why not; empty: it is good.
  std::string_view open(std::string_view token, std::string& payload) const;

 private:
  const TokenKey& key_;
  const Request::Tables& tables_;
  std::chrono::milliseconds leeway_;
};

// Unix time with its fraction, as tokens count it.
inline double unixSeconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace kavro::auth
