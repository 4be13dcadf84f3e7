#include "token_signer.hpp"

#include <utility>

#include <kavro/json.hpp>

#include "base64_url.hpp"

namespace kavro::auth {
namespace {

std::string encodedHeader(const TokenKey& key) {
  std::string header;
  JsonWriter(header)
      .beginObject()
      .key("alg")
      .string(key.algorithm())
      .key("typ")
      .string("JWT")
      .key("kid")
      .string(key.id())
      .endObject();
  return encodeBase64Url(header) + ".";
}

}  // namespace

TokenSigner::TokenSigner(const TokenKey& key, std::chrono::milliseconds ttl, TokenParties parties)
    : key_(key), ttl_(ttl), parties_(std::move(parties)), header_(encodedHeader(key)) {}

std::string TokenSigner::sign(int64_t userId, std::chrono::system_clock::time_point now) const {
  using std::chrono::duration_cast, std::chrono::seconds;
  std::string claims;
  JsonWriter writer(claims);
  writer.beginObject().key("sub").string(std::to_string(userId));
  writer.key("exp").integer(duration_cast<seconds>((now + ttl_).time_since_epoch()).count());
  writer.key("iat").integer(duration_cast<seconds>(now.time_since_epoch()).count());
  if (!parties_.issuer.empty()) writer.key("iss").string(parties_.issuer);
  if (!parties_.audience.empty()) writer.key("aud").string(parties_.audience);
  writer.endObject();

  std::string token;
  token.reserve(320);
  token += header_;
  appendBase64Url(token, claims);
  const std::string signature = key_.sign(token);
  token += '.';
  appendBase64Url(token, signature);
  return token;
}

}  // namespace kavro::auth
