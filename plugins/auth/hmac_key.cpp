#include "hmac_key.hpp"

#include <kavro/error.hpp>

#include "base64_url.hpp"

namespace kavro::auth {
namespace {

constexpr std::size_t kIdBytes = 9;                               // 12 characters
constexpr std::string_view kIdText = "the id of this key (kid)";  // without a dot: no token's text

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

HmacKey::HmacKey(std::string_view secret, std::size_t bytesMin) : TokenKey(kAlgorithm) {
  if (secret.size() < bytesMin) {
    throw Error(Status::kInvalid, "the secret has " + std::to_string(secret.size()) +
                                      " bytes, which anyone can guess: " + "expected at least " +
                                      std::to_string(bytesMin) + "; make one with: openssl rand -hex 32");
  }
  crypto_auth_hmacsha256_init(&keyed_, bytes(secret), secret.size());
  setId(encodeBase64Url(sign(kIdText).substr(0, kIdBytes)));
}

HmacKey::~HmacKey() { sodium_memzero(&keyed_, sizeof keyed_); }

std::string HmacKey::sign(std::string_view text) const {
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_state state = keyed_;
  crypto_auth_hmacsha256_update(&state, bytes(text), text.size());
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(mac.data()));
  sodium_memzero(&state, sizeof state);
  return mac;
}

bool HmacKey::verifies(std::string_view text, std::string_view signature) const {
  if (signature.size() != crypto_auth_hmacsha256_BYTES) return false;
  std::string expected = sign(text);
  const bool equal = sodium_memcmp(expected.data(), signature.data(), signature.size()) == 0;
  sodium_memzero(expected.data(), expected.size());
  return equal;
}

}  // namespace kavro::auth
