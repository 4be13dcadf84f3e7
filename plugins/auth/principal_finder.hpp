// PrincipalFinder: from a user's id or a bearer token to a Principal: the cache first, then the verifier and the table.
// Threads: any.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include <kavro/services/identity.hpp>
#include <kavro/task.hpp>

#include "imported_tokens.hpp"
#include "principal_cache.hpp"
#include "token_verifier.hpp"
#include "user_store.hpp"

namespace kavro::auth {

class PrincipalFinder {
 public:
  // Who a token speaks for.
  struct Found {
    std::optional<Principal> principal;
    std::string_view why;  // without a principal: as TokenVerifier::Verdict::why
  };

  // All of them live longer. `imported` may be null: no tokens but our own.
  PrincipalFinder(const TokenVerifier& verifier, PrincipalCache& cache, const UserStore& users,
                  const ImportedTokens* imported = nullptr)
      : verifier_(verifier), imported_(imported), cache_(cache), users_(users) {}

  // Without waiting: nothing when the token is not in the cache, which says nothing about it.
  std::optional<Principal> findCached(std::string_view token) const {
    return cache_.findToken(token, std::chrono::system_clock::now());
  }

  // `token` lives until the co_await has returned. Throws Error(kUnavailable) when the database is away and the user is
  // not remembered either.
  Task<Found> byToken(std::string_view token) const;
  // Nothing: there is no such user. Throws as byToken.
  Task<std::optional<Principal>> byId(int64_t id) const;

 private:
  const TokenVerifier& verifier_;
  const ImportedTokens* imported_;
  PrincipalCache& cache_;
  const UserStore& users_;
};

}  // namespace kavro::auth
