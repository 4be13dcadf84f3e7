// BearerFilter: the step of Phase::kAuthenticate: `Authorization: Bearer TOKEN` (RFC 6750 section 2.1) -> principal.
//
//   no Authorization, or another scheme      goes on; a route that needs a principal is then the kernel's 401
//   a good token                             goes on with the principal set
//   any other token, principal needed        401 with the reason in WWW-Authenticate (RFC 6750 section 3.1)
//   any other token, no principal needed     goes on without a principal
//
// Two Authorization fields are no good token, whatever is in them.
// Event "token" failure, with the reason invalid_token and why: for a 401, and once a minute for each client
// (kavro/client_address.hpp), so that who floods the server does not flood the audit log.
// Threads: a reactor's. A token that is in the cache costs no wait.
#pragma once

#include <optional>
#include <string_view>

#include <kavro/host.hpp>
#include <kavro/services/limiter.hpp>

#include "principal_finder.hpp"

namespace kavro::auth {

inline constexpr std::string_view kChallenge = "Bearer realm=\"kavro\"";

class BearerFilter {
 public:
  // All of them live longer than the filter.
  BearerFilter(const Host& host, const PrincipalFinder& finder, const Limiter& limiter)
      : host_(host), finder_(finder), limiter_(limiter) {}

  Task<std::optional<Response>> operator()(const Request& request) const;

 private:
  Task<std::optional<Response>> lookUp(const Request& request, std::string_view token) const;
  Task<std::optional<Response>> refuse(const Request& request, std::string_view why) const;
  Task<bool> isFirst(const Request& request) const;

  const Host& host_;
  const PrincipalFinder& finder_;
  const Limiter& limiter_;
};

}  // namespace kavro::auth
