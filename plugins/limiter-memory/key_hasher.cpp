#include "key_hasher.hpp"

#include <sodium.h>

#include <cstring>
#include <stdexcept>

namespace kavro::limiter_memory {

static_assert(crypto_shorthash_siphashx24_KEYBYTES == 16 && crypto_shorthash_siphashx24_BYTES == sizeof(Fingerprint));

KeyHasher::KeyHasher() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium could not start: the system gives no random numbers");
  randombytes_buf(secret_.data(), secret_.size());
}

Fingerprint KeyHasher::operator()(std::string_view key) const {
  unsigned char bytes[sizeof(Fingerprint)];
  crypto_shorthash_siphashx24(bytes, reinterpret_cast<const unsigned char*>(key.data()), key.size(), secret_.data());
  Fingerprint fingerprint;
  std::memcpy(&fingerprint, bytes, sizeof fingerprint);
  return fingerprint;
}

}  // namespace kavro::limiter_memory
