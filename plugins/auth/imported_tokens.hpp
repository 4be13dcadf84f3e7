// ImportedTokens: tokens that another service signed with its own secret, accepted until a given day.
//
// For moving in from a service whose secret is not to be gone on with, because it is too short to be one: its users
// stay logged in, new tokens are signed with a good one. Whoever guesses the old secret can make tokens for as long as
// it is accepted, as they could before; so that has an end, at most kLifeMax ahead, and a token that outlives it is
// refused.
//
// Threads: any.
#pragma once

#include <chrono>
#include <string_view>

#include "token_keys.hpp"
#include "token_verifier.hpp"

namespace kavro::auth {

class ImportedTokens {
 public:
  static constexpr std::chrono::days kLifeMax{31};

  // `until` is the first moment at which they are good no more: "2026-01-31", or with a time in UTC. Throws
  // Error(kInvalid) when it is no date, or further away than kLifeMax. `tables` lives longer.
  ImportedTokens(std::string_view secret, std::string_view until, const Request::Tables& tables,
                 std::chrono::milliseconds leeway, std::chrono::system_clock::time_point now);

  TokenVerifier::Verdict verify(std::string_view token, std::chrono::system_clock::time_point now) const;
  bool areOver(std::chrono::system_clock::time_point now) const { return now >= until_; }

 private:
  TokenKeys keys_;
  TokenVerifier verifier_;
  std::chrono::system_clock::time_point until_;
};

}  // namespace kavro::auth
