#include "token_signer.hpp"

#include <string_view>

#include <kavro/json.hpp>

namespace kavro::auth {
namespace {

constexpr int kBase64Url = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

void appendBase64Url(std::string& out, const void* data, std::size_t size) {
  const std::size_t before = out.size();
  out.resize(before + sodium_base64_ENCODED_LEN(size, kBase64Url));
  sodium_bin2base64(out.data() + before, out.size() - before, static_cast<const unsigned char*>(data), size,
                    kBase64Url);
  out.pop_back();  // the zero at its end
}

}  // namespace

std::string TokenSigner::sign(int64_t userId, std::chrono::system_clock::time_point now) const {
  using std::chrono::duration_cast, std::chrono::seconds;
  constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";
  std::string claims;
  JsonWriter(claims)
      .beginObject()
      .key("sub")
      .string(std::to_string(userId))
      .key("exp")
      .integer(duration_cast<seconds>((now + ttl_).time_since_epoch()).count())
      .key("iat")
      .integer(duration_cast<seconds>(now.time_since_epoch()).count())
      .endObject();

  std::string token;
  token.reserve(200);
  appendBase64Url(token, kHeader.data(), kHeader.size());
  token += '.';
  appendBase64Url(token, claims.data(), claims.size());
  const TokenMac mac = key_.mac(token);
  token += '.';
  appendBase64Url(token, mac.data(), mac.size());
  return token;
}

}  // namespace kavro::auth
