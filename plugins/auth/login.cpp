#include "login.hpp"

#include <string>

#include "bearer_filter.hpp"
#include "password_rules.hpp"
#include "token_response.hpp"
#include "username_rules.hpp"

namespace kavro::auth {
namespace {

std::string lockoutKey(std::string_view name) { return "auth:lockout:" + std::string(name); }

std::string wholeSeconds(std::chrono::milliseconds time) {
  return std::to_string(std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(time).count()));
}

// One answer for every wrong pair of name and password. RFC 9110 section 15.5.2 wants the challenge.
Response refuse() {
  return Response::problem(401, "Incorrect username or password.").field("WWW-Authenticate", std::string(kChallenge));
}

Response refuseForNow(std::chrono::milliseconds wait) {
  const std::string seconds = wholeSeconds(wait);
  return Response::problem(429, "Too many login attempts. Try again in " + seconds + " seconds.")
      .field("Retry-After", seconds);
}

}  // namespace

Task<Response> Login::operator()(const Request& request) const {
  std::string name, password;
  {  // what a body of 1 MiB is parsed into may take 20 MiB, and is not kept while this waits
    Body body(request);
    name = body.string("username");
    password = body.string("password");
    if (!body.ok()) co_return refuseUnread(request, name, body.problem());
  }
  // No account has such a name or such a password, and that can be seen from outside: no secret is in the time.
  if (name.size() > kUsernameBytesMax || password.size() > kPasswordBytesMax) {
    co_return refuseUnread(request, name, refuse());
  }

  std::optional<AttemptGate::Attempt> turn = co_await parts_.gate.enter(name);
  if (!turn) co_return refuseForNow(std::chrono::seconds(1));
  for (;;) {
    const HashPool::Place place = parts_.pool.reserve();
    const LimitDecision decision = co_await parts_.limiter.hit(lockoutKey(name), parts_.lockout);
    if (decision.allowed) co_return co_await attempt(request, name, password, place, decision);
    const bool again = co_await turn->awaitAnother();
    if (!again) co_return refuseLocked(request, name, decision.reset);
  }
}

Task<Response> Login::attempt(const Request& request, std::string_view name, std::string_view password,
                              const HashPool::Place& place, const LimitDecision& decision) const {
  // A name that cannot be an account's is not looked up; its password is evaluated like that of any unknown name.
  std::optional<User> user;
  if (UsernameRules::isPossible(name)) user = co_await parts_.users.findByName(name);
  const auto evaluate = [&] {
    return parts_.hasher.evaluate(user ? std::optional(user->passwordHash) : std::nullopt, password);
  };
  const PasswordHasher::Evaluation evaluation = co_await parts_.pool.run(place, evaluate);

  if (user) warnOfImported(user->passwordHash);
  if (!evaluation.right) {
    parts_.host.emit(
        Event("login", "failure").user(name).from(request).detail("reason", user ? "bad_password" : "unknown_user"));
    if (decision.remaining == 0) {
      parts_.host.emit(
          Event("lockout", "blocked").user(name).from(request).detail("seconds", wholeSeconds(decision.reset)));
    }
    co_return refuse();
  }
  co_await welcome(*user, name, evaluation.newHash);
  parts_.host.emit(Event("login", "success").user(name).from(request));
  co_return tokenResponse(200, parts_.signer.sign(user->id, std::chrono::system_clock::now()));
}

Task<bool> Login::welcome(const User& user, std::string_view name, std::string_view newHash) const {
  parts_.cache.rememberUser({user.id, std::string(name)});
  // Neither of the two is worth turning away someone whose password is right.
  try {
    co_await parts_.limiter.reset(lockoutKey(name));
  } catch (const Error& error) {
    parts_.host.log().warning(std::string("failed logins stay counted after a success: ") + error.what());
  }
  if (newHash.empty()) co_return true;
  try {
    co_await parts_.users.replaceHash(user, newHash);
  } catch (const Error& error) {
    parts_.host.log().warning(std::string("a password hash was not renewed: ") + error.what());
  }
  co_return true;
}

void Login::warnOfImported(const std::string& stored) const {
  if (!parts_.hasher.isUnexpected(stored) || warned_->exchange(true)) return;
  parts_.host.log().warning(
      "there are imported accounts, with bcrypt hashes, and imported_hash_cost is 0: how long a login takes tells "
      "which names are theirs; set imported_hash_cost = 12, or what their cost is, until they have logged in");
}

Response Login::refuseUnread(const Request& request, std::string_view name, Response response) const {
  const std::string_view shown = name.substr(0, kUsernameBytesMax);
  parts_.host.emit(Event("login", "failure").user(shown).from(request).detail("reason", "invalid_request"));
  return response;
}

Response Login::refuseLocked(const Request& request, std::string_view name, std::chrono::milliseconds wait) const {
  parts_.host.emit(Event("login", "blocked").user(name).from(request).detail("reason", "locked"));
  return refuseForNow(wait);
}

}  // namespace kavro::auth
