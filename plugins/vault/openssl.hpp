// What every user of OpenSSL in this plugin needs: its objects owned, its bytes, its failures as exceptions.
// Threads: any.
#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kavro::vault {

template <auto Free>
struct OpensslFree {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, OpensslFree<EVP_CIPHER_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, OpensslFree<EVP_MD_CTX_free>>;

inline unsigned char* bytesOf(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
inline const unsigned char* bytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Throws std::runtime_error unless `good`.
inline void expect(bool good, const char* what) {
  if (good) [[likely]]
    return;
  ERR_clear_error();  // nobody else's business, and TLS on this thread would take it for its own
  throw std::runtime_error(std::string("OpenSSL: ") + what + " failed");
}

}  // namespace kavro::vault
