// PrincipalCache: whose verified tokens and which users were seen before. Bounded in number and in time.
//
// A user is what the table said at most `userTime` ago: who was removed or renamed since is not known for longer, and a
// token is remembered for no longer than its user. An older user may stand in while the table cannot be asked.
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
  using Time = std::chrono::milliseconds;  // of a clock that is never set
  using Clock = Time (*)();

  // For how long after `userTime` a user may still stand in.
  static constexpr Time kStandInMax = std::chrono::minutes(15);

  // The system's clock as of its last tick, some milliseconds ago: the cheapest to ask.
  static Time coarseNow();

  // With a `userTime` of 0 it remembers nothing.
  PrincipalCache(std::size_t tokensMax, std::size_t usersMax, Time userTime = std::chrono::minutes(1),
                 Clock clock = coarseNow);

  // The user of a remembered token that has not expired.
  std::optional<Principal> findToken(std::string_view token, std::chrono::system_clock::time_point now);
  // To be called with verified tokens only. `expires_s` is Unix time.
  void rememberToken(std::string_view token, const Principal& principal, double expires_s);

  struct User {
    std::string name;
    bool fresh;  // false: to be used only while the table cannot be asked
  };
  std::optional<User> findUser(int64_t id);
  // To be called with what the table has just said.
  void rememberUser(const Principal& principal);
  void forgetUser(int64_t id) { users_.erase(id); }

 private:
  using TokenDigest = std::array<unsigned char, crypto_shorthash_siphashx24_BYTES>;
  struct DigestHash {
    std::size_t operator()(const TokenDigest& digest) const;
  };
  struct UserHash {
    std::size_t operator()(int64_t id) const { return static_cast<std::size_t>(id); }
  };
  struct KnownToken {
    Principal principal;
    double expires_s;
    Time until;
  };
  struct KnownUser {
    std::string name;
    Time until;
  };

  TokenDigest digest(std::string_view token) const;

  std::array<unsigned char, crypto_shorthash_siphashx24_KEYBYTES> digestKey_;
  const Time userTime_;
  const Clock clock_;
  BoundedCache<TokenDigest, KnownToken, DigestHash> tokens_;
  BoundedCache<int64_t, KnownUser, UserHash> users_;
};

}  // namespace kavro::auth
