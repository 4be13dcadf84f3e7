#include "bearer_filter.hpp"

#include <chrono>
#include <string>

#include <kavro/client_address.hpp>

namespace kavro::auth {
namespace {

using Outcome = std::optional<Response>;

constexpr Limit kEventLimit{.countMax = 1, .window = std::chrono::minutes(1)};

// The credentials of a request, as far as this filter is concerned.
struct Credentials {
  enum class Kind { kNone, kBearer, kAmbiguous } kind = Kind::kNone;
  std::string_view token;
};

Credentials findCredentials(const Request& request) {
  Credentials credentials;
  bool seen = false;
  for (size_t i = 0; i < request.abi().field_count; ++i) {
    if (fromAbi(request.abi().fields[i].name) != "authorization") continue;
    if (seen) return {Credentials::Kind::kAmbiguous, {}};
    seen = true;
    constexpr std::string_view kScheme = "Bearer";
    std::string_view value = fromAbi(request.abi().fields[i].value);
    if (!equalsIgnoringCase(value.substr(0, kScheme.size()), kScheme)) continue;
    value.remove_prefix(kScheme.size());
    if (!value.empty() && value.front() != ' ') continue;  // "BearerX" is another scheme
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    credentials = {Credentials::Kind::kBearer, value};
  }
  return credentials;
}

}  // namespace

Task<Outcome> BearerFilter::operator()(const Request& request) const {
  const Credentials credentials = findCredentials(request);
  if (credentials.kind == Credentials::Kind::kNone) return Task<Outcome>::ready(std::nullopt);
  if (credentials.kind == Credentials::Kind::kAmbiguous) {
    return refuse(request, "There is more than one Authorization field");
  }
  if (credentials.token.size() <= kTokenBytesMax) {
    if (const auto known = finder_.findCached(credentials.token)) {
      request.setPrincipal(known->id, known->name);
      return Task<Outcome>::ready(std::nullopt);
    }
  }
  return lookUp(request, credentials.token);
}

Task<Outcome> BearerFilter::lookUp(const Request& request, std::string_view token) const {
  PrincipalFinder::Found found;
  try {
    found = co_await finder_.byToken(token);
  } catch (const Error& error) {
    if (request.needsPrincipal()) throw;
    // Whoever may do without a principal shall not suffer from a database that is away.
    host_.log().warning(std::string("a request goes on without its principal: ") + error.what());
  }
  if (!found.principal) co_return co_await refuse(request, found.why);
  request.setPrincipal(found.principal->id, found.principal->name);
  co_return std::nullopt;
}

Task<Outcome> BearerFilter::refuse(const Request& request, std::string_view why) const {
  if (!request.needsPrincipal()) co_return std::nullopt;
  const bool is_first = co_await isFirst(request);
  if (is_first) {
    host_.emit(
        Event("token", "failure").from(request).detail("reason", "invalid_token").detail("why", std::string(why)));
  }
  co_return Response::problem(401, "Invalid or expired token")
      .field("WWW-Authenticate",
             std::string(kChallenge) + ", error=\"invalid_token\", error_description=\"" + std::string(why) + "\"");
}

// Where that cannot be counted, the event is left out.
Task<bool> BearerFilter::isFirst(const Request& request) const {
  try {
    const LimitDecision decision =
        co_await limiter_.hit("auth:refused_token:" + clientOf(request.address()), kEventLimit);
    co_return decision.allowed;
  } catch (const Error&) {
    co_return false;
  }
}

}  // namespace kavro::auth
