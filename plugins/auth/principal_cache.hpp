// PrincipalCache: whose verified tokens and which users were seen before. Bounded both ways.
//
// A token is remembered under a 128-bit SipHash with a key that is made new with every cache, so neither the token can
// be read from memory by way of the cache, nor can anyone make another text that is found in its place.
// Threads: any.
#pragma once

#include <sodium.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kavro/services/identity.hpp>

#include "bounded_cache.hpp"

namespace kavro::auth {

class PrincipalCache {
 public:
  PrincipalCache(std::size_t tokensMax, std::size_t usersMax);

  // The user of a remembered token that has not expired.
  std::optional<Principal> findToken(std::string_view token, std::chrono::system_clock::time_point now);
  // To be called with verified tokens only. `expires_s` is Unix time.
  void rememberToken(std::string_view token, const Principal& principal, double expires_s);

  std::optional<std::string> findUser(int64_t id) { return users_.find(id); }
  void rememberUser(const Principal& principal) { users_.put(principal.id, principal.name); }

 private:
  using TokenDigest = std::array<unsigned char, crypto_shorthash_siphashx24_BYTES>;
  struct DigestHash {
    std::size_t operator()(const TokenDigest& digest) const;
  };
  struct UserHash {
    std::size_t operator()(int64_t id) const { return static_cast<std::size_t>(id); }
  };
  struct Known {
    Principal principal;
    double expires_s;
  };

  TokenDigest digest(std::string_view token) const;

  std::array<unsigned char, crypto_shorthash_siphashx24_KEYBYTES> digestKey_;
  BoundedCache<TokenDigest, Known, DigestHash> tokens_;
  BoundedCache<int64_t, std::string, UserHash> users_;
};

}  // namespace kavro::auth
