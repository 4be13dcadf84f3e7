#include "account.hpp"

#include "failure.hpp"

namespace kavro::demo_client {

namespace {

// A token of another user is as good as none: the server's database may be a new one, with the ids given anew.
std::optional<Account> accountOf(const std::string& token, const std::string& name, ApiClient& api) {
  const std::optional<User> user = api.findUser(token);
  if (!user || user->name != name) return std::nullopt;
  return Account{*user, token};
}

std::string newToken(const std::string& name, ApiClient& api, KeyStore& keys, Transcript& transcript) {
  if (keys.findPassword(name)) {
    if (const std::optional<std::string> token = api.login(name, keys.getPassword(name))) return *token;
    transcript.note("the server does not know " + name + " with the kept password; registering");
  }
  if (const std::optional<std::string> token = api.registerUser(name, keys.getPassword(name))) return *token;
  throw Failure("the name " + name + " is taken, and " + keys.folder().string() +
                " does not hold its password; choose other names with --suffix, or the right folder with --keys");
}

}  // namespace

Account signIn(const std::string& name, ApiClient& api, KeyStore& keys, Transcript& transcript) {
  if (const std::optional<std::string> kept = keys.findToken(name)) {
    if (const std::optional<Account> account = accountOf(*kept, name, api)) {
      transcript.note("still signed in as user " + std::to_string(account->user.id));
      return *account;
    }
  }
  const std::string token = newToken(name, api, keys, transcript);
  const std::optional<Account> account = accountOf(token, name, api);
  if (!account)
    throw Failure("GET /auth/me: the token that " + name + " was just given is not taken as " + name + "'s");
  keys.keepToken(name, token);
  transcript.note("signed in as user " + std::to_string(account->user.id));
  return *account;
}

}  // namespace kavro::demo_client
