// The plugin: its parts, made from its settings, and what it offers. See README.md.
#include <sodium.h>

#include <thread>

#include <kavro/plugin.hpp>
#include <kavro/services/limiter.hpp>

#include "attempt_gate.hpp"
#include "bearer_filter.hpp"
#include "hash_pool.hpp"
#include "identity.hpp"
#include "imported_tokens.hpp"
#include "jwks.hpp"
#include "login.hpp"
#include "me.hpp"
#include "password_hasher.hpp"
#include "password_rules.hpp"
#include "principal_cache.hpp"
#include "principal_finder.hpp"
#include "register.hpp"
#include "token_keys.hpp"
#include "token_parties.hpp"
#include "token_signer.hpp"
#include "token_verifier.hpp"
#include "user_import.hpp"
#include "user_store.hpp"
#include "username_rules.hpp"

namespace kavro::auth {
namespace {

// Something the plugin needs before any of its parts is made: the first member of Auth.
struct Sodium {
  Sodium() {
    if (sodium_init() < 0) throw Error(Status::kError, "libsodium cannot start: the system gives no random numbers");
  }
};

std::size_t number(const Host& host, std::string_view key) {
  return static_cast<std::size_t>(host.settings().integer(key));
}

Needed needed(const Host& host, std::string_view key) {
  return host.settings().boolean(key) ? Needed::kYes : Needed::kNo;
}

// The copy of the secret that the settings hand out; wiped when the key has been made of it.
struct Secret {
  Secret(const Host& host, std::string_view key) : text(host.settings().findString(key).value_or("")) {}
  ~Secret() { sodium_memzero(text.data(), text.size()); }
  std::string text;
};

TokenKeys tokenKeys(const Host& host) {
  const Secret secret(host, "secret"), previous(host, "previous_secrets");
  return TokenKeys::read(host.settings().string("token_algorithm"), secret.text, previous.text);
}

TokenParties tokenParties(const Host& host) {
  return {.issuer = host.settings().findString("issuer").value_or(""),
          .audience = host.settings().findString("audience").value_or("")};
}

std::optional<ImportedTokens> importedTokens(const Host& host) {
  const auto until = host.settings().findString("imported_secret_until");
  if (!until) {
    if (!host.settings().findString("imported_secret")) return std::nullopt;
    throw Error(Status::kInvalid, "imported_secret needs imported_secret_until, the day from which it is accepted no "
                                  "more, such as 2026-01-31");
  }
  return std::optional<ImportedTokens>(std::in_place, Secret(host, "imported_secret").text, *until, host.tables(),
                                       host.settings().duration("clock_leeway"), std::chrono::system_clock::now());
}

PasswordRules::Limits passwordLimits(const Host& host) {
  return {.lengthMin = number(host, "password_length_min"),
          .lengthMax = number(host, "password_length_max"),
          .upper = needed(host, "password_upper"),
          .lower = needed(host, "password_lower"),
          .digit = needed(host, "password_digit"),
          .special = needed(host, "password_special"),
          .uncommon = needed(host, "password_refuse_common")};
}

PasswordBlocklist passwordBlocklist(const Host& host) {
  const auto path = host.settings().findString("password_blocklist");
  if (!path || path->empty()) return {};
  PasswordBlocklist list(*path);
  host.log().information(std::to_string(list.size()) + " passwords of " + *path + " are refused");
  return list;
}

PasswordHasher::Cost hashCost(const Host& host) {
  return {.passes = number(host, "hash_passes"),
          .memoryBytes = host.settings().bytes("hash_memory"),
          .importedCost = static_cast<unsigned>(number(host, "imported_hash_cost"))};
}

Limit lockoutLimit(const Host& host) {
  const auto time = host.settings().duration("lockout_time");
  return {.countMax = number(host, "lockout_failures"), .window = time, .block = time};
}

unsigned hashThreads(const Host& host) {
  const auto set = static_cast<unsigned>(number(host, "hash_threads"));
  return set > 0 ? set : std::clamp(std::thread::hardware_concurrency(), 1U, 256U);
}

// How many passwords may be there at once: being hashed, and waiting.
std::size_t hashPlaces(const Host& host) { return hashThreads(host) + number(host, "hash_queue_max"); }

}  // namespace

class Auth : public Plugin {
 public:
  explicit Auth(Host& host)
      : keys_(tokenKeys(host)),
        signer_(keys_.current(), host.settings().duration("token_ttl"), tokenParties(host)),
        verifier_(keys_, host.tables(), host.settings().duration("clock_leeway"), tokenParties(host)),
        imported_tokens_(importedTokens(host)),
        usernames_(number(host, "username_length_min"), number(host, "username_length_max")),
        passwords_(passwordLimits(host), passwordBlocklist(host)),
        hasher_(hashCost(host)),
        pool_(host.pool("hash", hashThreads(host), static_cast<unsigned>(hashPlaces(host)),
                        static_cast<int>(number(host, "hash_nice"))),
              hashPlaces(host)),
        users_(host),
        import_(host),
        cache_(number(host, "token_cache_max"), number(host, "user_cache_max"),
               host.settings().duration("user_cache_time")),
        finder_(verifier_, cache_, users_, imported_tokens_ ? &*imported_tokens_ : nullptr),
        limiter_(host.service<Limiter>()),
        lockout_(lockoutLimit(host)),
        gate_(lockout_.countMax, number(host, "login_waiting_max")),
        identity_(host, finder_) {
    constexpr RouteOptions readsBody{.conditions = Conditions::kHandler};
    host.post("/auth/register", Register({host, usernames_, passwords_, hasher_, pool_, users_, signer_, cache_}),
              readsBody);
    host.post("/auth/login", Login({host, limiter_, lockout_, gate_, hasher_, pool_, users_, signer_, cache_}),
              readsBody);
    host.get("/auth/me", me, Access::kPrincipal);
    if (std::string keySet = keys_.publicKeySet(); !keySet.empty()) {
      host.get("/.well-known/jwks.json", Jwks(std::move(keySet)));
    }
    host.filter(Phase::kAuthenticate, BearerFilter(host, finder_, limiter_), 0, kChallenge);
    host.provide(KAVRO_IDENTITY, &identity_.table());
  }

  void start() override { hasher_.prepare(); }

 private:
  Sodium sodium_;
  TokenKeys keys_;
  TokenSigner signer_;
  TokenVerifier verifier_;
  std::optional<ImportedTokens> imported_tokens_;
  UsernameRules usernames_;
  PasswordRules passwords_;
  PasswordHasher hasher_;
  HashPool pool_;
  UserStore users_;
  UserImport import_;
  PrincipalCache cache_;
  PrincipalFinder finder_;
  Limiter limiter_;
  Limit lockout_;
  AttemptGate gate_;
  IdentityService identity_;
};

}  // namespace kavro::auth

KAVRO_PLUGIN(kavro::auth::Auth)
