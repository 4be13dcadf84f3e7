#include "principal_finder.hpp"

#include <string>
#include <utility>

#include <kavro/error.hpp>

namespace kavro::auth {

Task<PrincipalFinder::Found> PrincipalFinder::byToken(std::string_view token) const {
  const auto now = std::chrono::system_clock::now();
  // The size is looked at first, so that the cache never digests more than a token's worth.
  if (token.size() <= kTokenBytesMax) {
    if (auto cached = cache_.findToken(token, now)) co_return Found{std::move(cached), {}};
  }
  TokenVerifier::Verdict verdict = verifier_.verify(token, now);
  if (!verdict.claims && imported_ && !imported_->areOver(now)) {
    const TokenVerifier::Verdict other = imported_->verify(token, now);
    if (other.claims) verdict = other;
  }
  if (!verdict.claims) co_return Found{std::nullopt, verdict.why};
  std::optional<Principal> principal = co_await byId(verdict.claims->userId);
  if (!principal) co_return Found{std::nullopt, "The token names no user"};
  cache_.rememberToken(token, *principal, verdict.claims->expires_s);
  co_return Found{std::move(principal), {}};
}

Task<std::optional<Principal>> PrincipalFinder::byId(int64_t id) const {
  std::optional<PrincipalCache::User> known = cache_.findUser(id);
  if (known && known->fresh) co_return Principal{id, std::move(known->name)};
  std::optional<std::string> name;
  try {
    name = co_await users_.findName(id);
  } catch (const Error& error) {
    // A database that is away for a while shall not turn good tokens into failures.
    if (!known || error.status() != Status::kUnavailable) throw;
    co_return Principal{id, std::move(known->name)};
  }
  if (!name) {
    cache_.forgetUser(id);
    co_return std::nullopt;
  }
  Principal principal{id, std::move(*name)};
  cache_.rememberUser(principal);
  co_return principal;
}

}  // namespace kavro::auth
