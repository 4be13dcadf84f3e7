// What has been tried against bearer tokens: each entry must be refused, most of them although the real key signed
// them. For the verifier by itself (token_attacks_test.cpp) and for the server over HTTP
// (tests/scenarios/tokens_test.cpp).
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/auth/token_key.hpp"

namespace kavro::auth {

struct TokenAttack {
  std::string name;
  std::string token;
};

// base64url(header) . base64url(claims) . base64url(signature by `key`), whatever the two are.
std::string signedToken(const TokenKey& key, std::string_view header, std::string_view claims);

// Tokens of the user 1. `secrets`: what whoever attacks might sign with as a secret of HMAC, such as a public key.
std::vector<TokenAttack> tokenAttacks(const TokenKey& key, const std::vector<std::string>& secrets,
                                      std::chrono::system_clock::time_point now);

// The counter-check: as unusual as some of those, and good.
std::vector<TokenAttack> unusualTokens(const TokenKey& key, std::chrono::system_clock::time_point now);

}  // namespace kavro::auth
