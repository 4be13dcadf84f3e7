#include "me.hpp"

namespace kavro::auth {

Task<Response> me(const Request& request) {
  const kavro_principal& principal = *request.principal();  // Access::kPrincipal: it is there
  std::string body;
  JsonWriter(body)
      .beginObject()
      .key("user_id")
      .integer(principal.id)
      .key("username")
      .string(fromAbi(principal.name))
      .endObject();
  return Task<Response>::ready(Response::json(std::move(body)));
}

}  // namespace kavro::auth
