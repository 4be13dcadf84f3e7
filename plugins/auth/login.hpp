// POST /auth/login {username, password}: a token for an account there is.
//   200 {access_token, token_type}
//   401 the same words after the same work, whether the name or the password is wrong
//   422 not an object with two strings
//   429 with Retry-After: too many failures of this name, or too many of its logins at once
//   503 with Retry-After: too many passwords are being hashed, or the limiter or the database is away
//
// An attempt is counted before its password is looked at, and a success empties the count. So of any number of
// simultaneous attempts no more than lockout_failures are evaluated, on all machines that share the limiter, and
// nothing is learned from the rest. Names that do not exist are counted and locked in the same way.
//
// Events: "login" success; failure with the reason bad_password, unknown_user or invalid_request; blocked with the
// reason locked.
// "lockout" blocked, once when a name is locked.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <kavro/plugin.hpp>
#include <kavro/services/limiter.hpp>

#include "attempt_gate.hpp"
#include "hash_pool.hpp"
#include "password_hasher.hpp"
#include "principal_cache.hpp"
#include "token_signer.hpp"
#include "user_store.hpp"

namespace kavro::auth {

class Login {
 public:
  struct Parts {
    const Host& host;
    const Limiter& limiter;
    const Limit& lockout;
    AttemptGate& gate;
    const PasswordHasher& hasher;
    const HashPool& pool;
    const UserStore& users;
    const TokenSigner& signer;
    PrincipalCache& cache;
  };

  explicit Login(const Parts& parts) : parts_(parts), warned_(std::make_unique<std::atomic<bool>>(false)) {}

  Task<Response> operator()(const Request& request) const;

 private:
  // A counted attempt: looks at the password and answers.
  Task<Response> attempt(const Request& request, std::string_view name, std::string_view password,
                         const HashPool::Place& place, const LimitDecision& decision) const;
  // The name is right and so was the password: forgets the failures, and renews an old hash.
  Task<bool> welcome(const User& user, std::string_view name, std::string_view newHash) const;
  // Once: that there are imported accounts, whose logins take another time than those of names that do not exist.
  void warnOfImported(const std::string& stored) const;
  Response refuseUnread(const Request& request, std::string_view name, Response response) const;
  Response refuseLocked(const Request& request, std::string_view name, std::chrono::milliseconds wait) const;

  Parts parts_;
  std::unique_ptr<std::atomic<bool>> warned_;
};

}  // namespace kavro::auth
