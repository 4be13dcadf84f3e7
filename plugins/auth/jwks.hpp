// GET /.well-known/jwks.json: the public keys by which anybody can check our tokens (RFC 7517). There only when there
// are any: a secret of HS256 is never among them.
// Threads: any.
#pragma once

#include <string>
#include <utility>

#include <kavro/plugin.hpp>

namespace kavro::auth {

class Jwks {
 public:
  explicit Jwks(std::string keySet) : key_set_(std::move(keySet)) {}

  Task<Response> operator()(const Request&) const {
    // Caches may keep it: a key is published before it signs, or the first token of it is asked about anew. The headers
    // plugin's no-store gives way to a route's own field.
    return Task<Response>::ready(
        Response::content(key_set_, "application/jwk-set+json").field("Cache-Control", "public, max-age=300"));
  }

 private:
  std::string key_set_;
};

}  // namespace kavro::auth
