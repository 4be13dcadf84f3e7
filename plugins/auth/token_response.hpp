// The answer that carries a token (RFC 6749 section 5.1, which also wants it kept out of caches).
#pragma once

#include <string>
#include <string_view>

#include <kavro/response.hpp>

namespace kavro::auth {

inline Response tokenResponse(int status, std::string_view token) {
  std::string body;
  JsonWriter(body).beginObject().key("access_token").string(token).key("token_type").string("bearer").endObject();
  return Response::json(std::move(body), status).field("Cache-Control", "no-store");
}

}  // namespace kavro::auth
