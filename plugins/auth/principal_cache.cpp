#include "principal_cache.hpp"

#include <cstring>

#include "token_verifier.hpp"

namespace kavro::auth {

PrincipalCache::PrincipalCache(std::size_t tokensMax, std::size_t usersMax) : tokens_(tokensMax), users_(usersMax) {
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
  if (unixSeconds(now) < known->expires_s) return std::move(known->principal);
  tokens_.erase(key);
  return std::nullopt;
}

void PrincipalCache::rememberToken(std::string_view token, const Principal& principal, double expires_s) {
  tokens_.put(digest(token), Known{principal, expires_s});
}

}  // namespace kavro::auth
