#include "key.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

#include "base64url.hpp"

namespace kavro::vault {

std::optional<Key> Key::parse(std::string_view text) {
  std::optional<std::string> bytes = decodeBase64Url(text);
  if (!bytes) return std::nullopt;
  std::optional<Key> key;
  if (bytes->size() == 2 * kHalfBytes) {
    key.emplace(Key());
    std::copy(bytes->begin(), bytes->end(), key->bytes_.begin());
  }
  OPENSSL_cleanse(bytes->data(), bytes->size());
  return key;
}

Key Key::derive(std::string_view text) {
  static_assert(SHA256_DIGEST_LENGTH == 2 * kHalfBytes);
  Key key;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), key.bytes_.data());
  return key;
}

Key::Key(Key&& other) noexcept : bytes_(other.bytes_) { OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size()); }

Key::~Key() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

}  // namespace kavro::vault
