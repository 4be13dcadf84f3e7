// IdentityService: kavro.identity/1, for other plugins. See kavro/abi/services/identity.h for what it promises.
// Threads: any.
#pragma once

#include <kavro/abi/services/identity.h>
#include <kavro/host.hpp>

#include "principal_finder.hpp"

namespace kavro::auth {

class IdentityService {
 public:
  // `host` and `finder` live longer than the service.
  IdentityService(const Host& host, const PrincipalFinder& finder);
  IdentityService(const IdentityService&) = delete;
  IdentityService& operator=(const IdentityService&) = delete;

  const kavro_identity_v1& table() const { return table_; }

 private:
  static void findUser(void* self, int64_t id, kavro_identity_fn done, void* user) noexcept;
  static void findToken(void* self, kavro_text token, kavro_identity_fn done, void* user) noexcept;

  const Host& host_;
  const PrincipalFinder& finder_;
  kavro_identity_v1 table_;
};

}  // namespace kavro::auth
