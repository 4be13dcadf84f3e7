// TokenVerifier: is this token one that a key of ours has signed, and is it good now?
//
// Strict, in this order:
//   size       at most 4 KiB
//   form       three parts of unpadded base64url (RFC 7515 appendix C), no stray bits in the last character
//   header     a JSON object, no name twice; alg is that of a key of ours; typ, if there, is "JWT"; crit is refused
//              (RFC 7515 section 4.1.11: we know none), and so is what would change how the token is read, or bring a
//              key with it: b64, zip, jku, jwk, x5u, x5c; other members mean nothing
//   key        of that algorithm, and with the id that kid, if there, says; without one each is tried. The algorithm is
//              the key's: no key is ever used with another, whatever a header says (RFC 8725 section 3.1)
//   signature  over the first two parts; the claims of what is not authentic are not parsed
//   claims     a JSON object; sub is a string of digits without leading zeros, above 0; exp is a number and in the
//              future; nbf, if there, is a number and past; iat, if there, is a number, past or not: a clock
//              that was set back must log nobody out; iss and aud as TokenParties says; other members mean nothing
//
// Threads: any.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kavro/json.hpp>
#include <kavro/request.hpp>

#include "token_keys.hpp"
#include "token_parties.hpp"

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

  // `keys` and `tables` live longer than the verifier.
  TokenVerifier(const TokenKeys& keys, const Request::Tables& tables, std::chrono::milliseconds leeway,
                TokenParties parties = {});

  Verdict verify(std::string_view token, std::chrono::system_clock::time_point now) const;

  // The part about the signature: stores the decoded middle part, whatever it is. Returns why not; empty: it is good.
  std::string_view open(std::string_view token, std::string& payload) const;

 private:
  // Why the times, or the parties, of these claims are no good; empty: they are.
  std::string_view whyNotNow(JsonValue claims, double expires_s, double now_s) const;
  std::string_view whyNotHere(JsonValue claims) const;

  const TokenKeys& keys_;
  const Request::Tables& tables_;
  double leeway_s_;
  TokenParties parties_;
};

// Unix time with its fraction, as tokens count it.
inline double unixSeconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace kavro::auth
