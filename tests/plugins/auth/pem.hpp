// Keys in PEM, made by OpenSSL as an operator's would be: `openssl genpkey -algorithm ed25519`.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace kavro::auth {

class Pem {
 public:
  // A new key. `kind`: "ED25519", "X25519", "RSA", "EC".
  explicit Pem(const std::string& kind = "ED25519") : key_(make(kind), EVP_PKEY_free) {
    if (!key_) throw std::runtime_error("no key of " + kind);
  }
  // Of an Ed25519 private key's 32 bytes.
  static Pem ofSeed(const std::string& seed) {
    return Pem(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                            reinterpret_cast<const unsigned char*>(seed.data()), seed.size()));
  }

  std::string privateKey(const char* password = nullptr) const {
    return write([&](BIO* out) {
      return PEM_write_bio_PKCS8PrivateKey(out, key_.get(), password ? EVP_aes_128_cbc() : nullptr, nullptr, 0, nullptr,
                                           const_cast<char*>(password));
    });
  }
  std::string publicKey() const {
    return write([&](BIO* out) { return PEM_write_bio_PUBKEY(out, key_.get()); });
  }

 private:
  explicit Pem(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {}

  static EVP_PKEY* make(const std::string& kind) {
    if (kind == "RSA") return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<size_t>(2048));
    if (kind == "EC") return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    return EVP_PKEY_Q_keygen(nullptr, nullptr, kind.c_str());
  }
  template <class Write>
  static std::string write(Write writeTo) {
    const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
    if (writeTo(out.get()) != 1) throw std::runtime_error("a key cannot be written");
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return std::string(text, static_cast<size_t>(size));
  }

  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
};

}  // namespace kavro::auth
