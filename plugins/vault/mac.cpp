#include "mac.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cassert>

namespace kavro::vault {
namespace {

DigestContext started(std::span<const unsigned char> key, unsigned char pad) {
  std::array<unsigned char, Mac::kKeyBytesMax> block;
  block.fill(pad);
  std::transform(key.begin(), key.end(), block.begin(),
                 [pad](unsigned char byte) { return static_cast<unsigned char>(byte ^ pad); });
  DigestContext digest(EVP_MD_CTX_new());
  const bool good = digest && EVP_DigestInit_ex2(digest.get(), EVP_sha256(), nullptr) == 1 &&
                    EVP_DigestUpdate(digest.get(), block.data(), block.size()) == 1;
  OPENSSL_cleanse(block.data(), block.size());
  expect(good, "SHA-256");
  return digest;
}

DigestContext copied(const DigestContext& from) {
  DigestContext digest(EVP_MD_CTX_new());
  expect(digest && EVP_MD_CTX_copy_ex(digest.get(), from.get()) == 1, "copying the state of SHA-256");
  return digest;
}

}  // namespace

Mac::Mac(std::span<const unsigned char> key) {
  assert(key.size() <= kKeyBytesMax);
  inner_ = started(key, 0x36);
  outer_ = started(key, 0x5C);
  digest_ = copied(inner_);
}

Mac::Mac(const Mac& other) : inner_(copied(other.inner_)), outer_(copied(other.outer_)), digest_(copied(inner_)) {}

std::array<unsigned char, Mac::kBytes> Mac::of(std::string_view text) {
  std::array<unsigned char, kBytes> mac;
  EVP_MD_CTX* digest = digest_.get();
  expect(EVP_MD_CTX_copy_ex(digest, inner_.get()) == 1 && EVP_DigestUpdate(digest, text.data(), text.size()) == 1 &&
             EVP_DigestFinal_ex(digest, mac.data(), nullptr) == 1 && EVP_MD_CTX_copy_ex(digest, outer_.get()) == 1 &&
             EVP_DigestUpdate(digest, mac.data(), mac.size()) == 1 &&
             EVP_DigestFinal_ex(digest, mac.data(), nullptr) == 1,
         "HMAC-SHA-256");
  return mac;
}

}  // namespace kavro::vault
