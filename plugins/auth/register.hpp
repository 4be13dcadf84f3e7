// POST /auth/register {username, password}: a new account.
//   201 {access_token, token_type}   400 the name is taken   422 what the name or the password lacks
// Event "register": success, or failure with the reason username_exists or invalid_request.
#pragma once

#include <kavro/plugin.hpp>

#include "hash_pool.hpp"
#include "password_hasher.hpp"
#include "password_rules.hpp"
#include "principal_cache.hpp"
#include "token_signer.hpp"
#include "user_store.hpp"
#include "username_rules.hpp"

namespace kavro::auth {

class Register {
 public:
  struct Parts {
    const Host& host;
    const UsernameRules& usernames;
    const PasswordRules& passwords;
    const PasswordHasher& hasher;
    const HashPool& pool;
    const UserStore& users;
    const TokenSigner& signer;
    PrincipalCache& cache;
  };

  explicit Register(const Parts& parts) : parts_(parts) {}

  Task<Response> operator()(const Request& request) const;

 private:
  Response refuse(const Request& request, std::string_view name, std::string_view reason, Response response) const;

  Parts parts_;
};

}  // namespace kavro::auth
