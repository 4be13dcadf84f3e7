// BearerFilter: the step of Phase::kAuthenticate: `Authorization: Bearer TOKEN` (RFC 6750 section 2.1) -> principal.
//
//   no Authorization, or another scheme      goes on; a route that needs a principal is then the kernel's 401
//   a good token                             goes on with the principal set
//   any other token, principal needed        401 with the reason in WWW-Authenticate (RFC 6750 section 3.1)
//   any other token, no principal needed     goes on without a principal
//
// Two Authorization fields are no good token, whatever is in them.
// Threads: a reactor's. A token that is in the cache costs no wait.
#pragma once

#include <optional>
#include <string_view>

#include <kavro/host.hpp>

#include "principal_finder.hpp"

namespace kavro::auth {

inline constexpr std::string_view kChallenge = "Bearer realm=\"kavro\"";

class BearerFilter {
 public:
  // `host` and `finder` live longer than the filter.
  BearerFilter(const Host& host, const PrincipalFinder& finder) : host_(host), finder_(finder) {}

  Task<std::optional<Response>> operator()(const Request& request) const;

 private:
  Task<std::optional<Response>> lookUp(const Request& request, std::string_view token) const;

  const Host& host_;
  const PrincipalFinder& finder_;
};

}  // namespace kavro::auth
