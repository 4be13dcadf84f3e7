// One of the two users, signed in.
#pragma once

#include <string>

#include "api_client.hpp"
#include "key_store.hpp"
#include "transcript.hpp"

namespace kavro::demo_client {

struct Account {
  User user;
  std::string token;
};

// Signs in with as few calls as will do, for the server limits them (by address 5 logins in 15 minutes and 3
// registrations in an hour):
//   1. the token kept from last time, while GET /auth/me takes it;
//   2. a login, when a password was kept;
//   3. a registration, when none was, or when the server does not know the name with it (its database is new).
// Failure when the name is registered with a password that the key store does not hold.
Account signIn(const std::string& name, ApiClient& api, KeyStore& keys, Transcript& transcript);

}  // namespace kavro::demo_client
