#include "token_key.hpp"

#include <string>

#include <kavro/error.hpp>

namespace kavro::auth {
namespace {

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

TokenKey::TokenKey(std::string_view secret, std::size_t bytesMin) {
  if (secret.size() < bytesMin) {
    throw Error(Status::kInvalid, "the secret has " + std::to_string(secret.size()) +
                                      " bytes, which anyone can guess: " + "expected at least " +
                                      std::to_string(bytesMin) + "; make one with: openssl rand -hex 32");
  }
  crypto_auth_hmacsha256_init(&keyed_, bytes(secret), secret.size());
}

TokenKey::~TokenKey() { sodium_memzero(&keyed_, sizeof keyed_); }

TokenMac TokenKey::mac(std::string_view text) const {
  TokenMac mac;
  crypto_auth_hmacsha256_state state = keyed_;
  crypto_auth_hmacsha256_update(&state, bytes(text), text.size());
  crypto_auth_hmacsha256_final(&state, mac.data());
  sodium_memzero(&state, sizeof state);
  return mac;
}

bool TokenKey::matches(std::string_view text, const TokenMac& mac) const {
  TokenMac expected = this->mac(text);
  const bool equal = sodium_memcmp(expected.data(), mac.data(), mac.size()) == 0;
  sodium_memzero(expected.data(), expected.size());
  return equal;
}

}  // namespace kavro::auth
