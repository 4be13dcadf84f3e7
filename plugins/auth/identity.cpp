#include "identity.hpp"

#include <string>

namespace kavro::auth {
namespace {

// Where the answer goes.
struct Asker {
  kavro_identity_fn done;
  void* user;

  void answer(const std::optional<Principal>& principal) const {
    if (!principal) return done(user, KAVRO_NOT_FOUND, nullptr);
    const kavro_principal abi{sizeof abi, principal->id, toAbi(principal->name)};
    done(user, KAVRO_OK, &abi);
  }
};

// To be called inside a catch block.
void answerFailure(const Host& host, const Asker& asker) {
  try {
    throw;
  } catch (const Error& error) {
    if (error.status() != Status::kUnavailable) host.log().error(std::string("a user was not found: ") + error.what());
    asker.done(asker.user, static_cast<kavro_status>(error.status()), nullptr);
  } catch (const std::exception& error) {
    host.log().error(std::string("a user was not found: ") + error.what());
    asker.done(asker.user, KAVRO_ERROR, nullptr);
  }
}

// The answer is given outside the try block: what `done` does is not ours to catch.
Detached answerUser(Context, const Host& host, const PrincipalFinder& finder, int64_t id, Asker asker) {
  std::optional<Principal> principal;
  bool failed = false;
  try {
    principal = co_await finder.byId(id);
  } catch (...) {
    failed = true;
    answerFailure(host, asker);
  }
  if (!failed) asker.answer(principal);
}

// The token is a copy: the caller's may be gone when the call has returned.
Detached answerToken(Context, const Host& host, const PrincipalFinder& finder, std::string token, Asker asker) {
  std::optional<Principal> principal;
  bool failed = false;
  try {
    PrincipalFinder::Found found = co_await finder.byToken(token);
    principal = std::move(found.principal);
  } catch (...) {
    failed = true;
    answerFailure(host, asker);
  }
  if (!failed) asker.answer(principal);
}

}  // namespace

IdentityService::IdentityService(const Host& host, const PrincipalFinder& finder)
    : host_(host), finder_(finder), table_{sizeof table_, this, findUser, findToken} {}

void IdentityService::findUser(void* self, int64_t id, kavro_identity_fn done, void* user) noexcept {
  const auto& service = *static_cast<IdentityService*>(self);
  answerUser(Context{}, service.host_, service.finder_, id, Asker{done, user});
}

void IdentityService::findToken(void* self, kavro_text token, kavro_identity_fn done, void* user) noexcept {
  const auto& service = *static_cast<IdentityService*>(self);
  const std::string_view text = fromAbi(token);
  const Asker asker{done, user};
  if (text.size() > kTokenBytesMax) return asker.answer(std::nullopt);
  if (const auto cached = service.finder_.findCached(text)) return asker.answer(cached);
  answerToken(Context{}, service.host_, service.finder_, std::string(text), asker);
}

}  // namespace kavro::auth
