#include "register.hpp"

#include <chrono>
#include <string>

#include "token_response.hpp"

namespace kavro::auth {
namespace {

constexpr std::string_view kTaken = "username_exists";

// Clients look for "already taken" in this sentence.
Response taken() { return Response::problem(400, "This username is already taken. Try another one."); }

bool isString(const Body& body, std::string_view name) {
  const auto value = body.find(name);
  return value && value->string();
}

}  // namespace

Task<Response> Register::operator()(const Request& request) const {
  std::string name, password;
  {  // what a body of 1 MiB is parsed into may take 20 MiB, and is not kept while this waits
    Body body(request);
    name = body.string("username");
    password = body.string("password");
    if (isString(body, "username")) {
      if (const auto problem = parts_.usernames.problem(name)) body.reject("username", *problem);
    }
    if (isString(body, "password")) {
      for (const std::string& problem : parts_.passwords.problems(password, name)) body.reject("password", problem);
    }
    if (!body.ok()) co_return refuse(request, name, "invalid_request", body.problem());
  }

  // Cheap, and spares the hashing in the usual case; the unique key decides when two come at once.
  const std::optional<User> owner = co_await parts_.users.findByName(name);
  if (owner) co_return refuse(request, name, kTaken, taken());

  std::string hash;
  {
    const HashPool::Place place = parts_.pool.reserve();
    const auto compute = [&] { return parts_.hasher.hash(password); };
    hash = co_await parts_.pool.run(place, compute);
  }
  const std::optional<int64_t> id = co_await parts_.users.add(name, hash);
  if (!id) co_return refuse(request, name, kTaken, taken());

  parts_.cache.rememberUser({*id, std::string(name)});
  parts_.host.emit(Event("register", "success").user(name).from(request));
  co_return tokenResponse(201, parts_.signer.sign(*id, std::chrono::system_clock::now()));
}

Response Register::refuse(const Request& request, std::string_view name, std::string_view reason,
                          Response response) const {
  const std::string_view shown = name.substr(0, kUsernameBytesMax);
  parts_.host.emit(Event("register", "failure").user(shown).from(request).detail("reason", std::string(reason)));
  return response;
}

}  // namespace kavro::auth
