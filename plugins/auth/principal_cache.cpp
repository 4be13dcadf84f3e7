#include "principal_cache.hpp"

#include <time.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "token_verifier.hpp"

namespace kavro::auth {

PrincipalCache::Time PrincipalCache::coarseNow() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::duration_cast<Time>(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

PrincipalCache::PrincipalCache(std::size_t tokensMax, std::size_t usersMax, Time userTime, Clock clock)
    : userTime_(userTime),
      clock_(clock),
      tokens_(userTime > Time(0) ? tokensMax : 0),
      users_(userTime > Time(0) ? usersMax : 0) {
  randombytes_buf(digestKey_.data(), digestKey_.size());
}

std::size_t PrincipalCache::DigestHash::operator()(const TokenDigest& digest) const {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

PrincipalCache::TokenDigest PrincipalCache::digest(std::string_view token) const {
  TokenDigest digest;
  crypto_shorthash_siphashx24(digest.data(), reinterpret_cast<const unsigned char*>(token.data()), token.size(),
                              digestKey_.data());
  return digest;
}

std::optional<Principal> PrincipalCache::findToken(std::string_view token, std::chrono::system_clock::time_point now) {
  const TokenDigest key = digest(token);
  auto known = tokens_.find(key);
  if (!known) return std::nullopt;
  if (unixSeconds(now) < known->expires_s && clock_() < known->until) return std::move(known->principal);
  tokens_.erase(key);
  return std::nullopt;
}

void PrincipalCache::rememberToken(std::string_view token, const Principal& principal, double expires_s) {
  Time until = clock_() + userTime_;
  // The user may be one who was remembered, so that the table said it some time ago.
  if (const auto user = users_.find(principal.id)) until = std::min(until, user->until);
  tokens_.put(digest(token), KnownToken{principal, expires_s, until});
}

std::optional<PrincipalCache::User> PrincipalCache::findUser(int64_t id) {
  auto known = users_.find(id);
  if (!known) return std::nullopt;
  const Time now = clock_();
  if (now < known->until + kStandInMax) return User{std::move(known->name), now < known->until};
  users_.erase(id);
  return std::nullopt;
}

void PrincipalCache::rememberUser(const Principal& principal) {
  users_.put(principal.id, KnownUser{principal.name, clock_() + userTime_});
}

}  // namespace kavro::auth
