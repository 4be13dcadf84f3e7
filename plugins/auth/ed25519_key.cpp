#include "ed25519_key.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstring>
#include <stdexcept>

#include <kavro/error.hpp>

#include "base64_url.hpp"

namespace kavro::auth {
namespace {

constexpr const char* kHowToMakeOne = "; make one with: openssl genpkey -algorithm ed25519 -out token.key";

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Pkey = std::unique_ptr<EVP_PKEY, Free>;

// A server has nobody whom it could ask for a password.
int noPassword(char*, int, int, void*) { return 0; }

Pkey readPem(std::string_view pem, bool isPrivate) {
  const std::unique_ptr<BIO, Free> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!in) throw Error(Status::kError, "there is no memory to read a key");
  Pkey key(isPrivate ? PEM_read_bio_PrivateKey(in.get(), nullptr, noPassword, nullptr)
                     : PEM_read_bio_PUBKEY(in.get(), nullptr, noPassword, nullptr));
  ERR_clear_error();  // the queue is the thread's, which is not ours alone
  return key;
}

std::string_view view(const unsigned char* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

std::unique_ptr<const Ed25519Key> Ed25519Key::fromPem(std::string_view pem) {
  if (pem.find("ENCRYPTED") != std::string_view::npos) {
    throw Error(Status::kInvalid, std::string("the key is encrypted with a password, which nobody is there to type; "
                                              "expected one without") +
                                      kHowToMakeOne);
  }
  const bool isPrivate = pem.find("PRIVATE KEY-----") != std::string_view::npos;
  const Pkey read = readPem(pem, isPrivate);
  if (!read) {
    throw Error(Status::kInvalid,
                std::string("found no key that can be read, expected an Ed25519 key in PEM (PKCS#8)") + kHowToMakeOne);
  }
  if (EVP_PKEY_id(read.get()) != EVP_PKEY_ED25519) {
    const char* name = EVP_PKEY_get0_type_name(read.get());
    throw Error(Status::kInvalid, std::string("found a key of ") + (name ? name : "another kind") +
                                      ", expected one of Ed25519" + kHowToMakeOne);
  }
  std::unique_ptr<Ed25519Key> key(new Ed25519Key);
  std::array<unsigned char, crypto_sign_ed25519_SEEDBYTES> seed{};
  std::size_t size = isPrivate ? seed.size() : key->public_key_.size();
  const bool good = isPrivate ? EVP_PKEY_get_raw_private_key(read.get(), seed.data(), &size) == 1
                              : EVP_PKEY_get_raw_public_key(read.get(), key->public_key_.data(), &size) == 1;
  if (!good) throw Error(Status::kInvalid, std::string("the key is broken") + kHowToMakeOne);
  if (isPrivate) {
    crypto_sign_ed25519_seed_keypair(key->public_key_.data(), key->secret_key_.data(), seed.data());
    sodium_memzero(seed.data(), seed.size());
    key->can_sign_ = true;
  }
  key->finish();
  return key;
}

std::unique_ptr<const Ed25519Key> Ed25519Key::fromPublicKey(std::string_view bytes) {
  std::unique_ptr<Ed25519Key> key(new Ed25519Key);
  if (bytes.size() != key->public_key_.size()) {
    throw Error(Status::kInvalid, "found " + std::to_string(bytes.size()) + " bytes, expected the 32 of a public key");
  }
  std::memcpy(key->public_key_.data(), bytes.data(), bytes.size());
  key->finish();
  return key;
}

Ed25519Key::~Ed25519Key() { sodium_memzero(secret_key_.data(), secret_key_.size()); }

void Ed25519Key::finish() {
  const std::string jwk = R"({"crv":"Ed25519","kty":"OKP","x":")" + publicKey() + R"("})";
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash;
  crypto_hash_sha256(hash.data(), bytes(jwk), jwk.size());
  setId(encodeBase64Url(view(hash.data(), hash.size())));
}

std::string Ed25519Key::publicKey() const { return encodeBase64Url(view(public_key_.data(), public_key_.size())); }

std::string Ed25519Key::sign(std::string_view text) const {
  if (!can_sign_) throw std::logic_error("a public key cannot sign");
  std::string signature(crypto_sign_ed25519_BYTES, '\0');
  crypto_sign_ed25519_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr, bytes(text), text.size(),
                               secret_key_.data());
  return signature;
}

bool Ed25519Key::verifies(std::string_view text, std::string_view signature) const {
  if (signature.size() != crypto_sign_ed25519_BYTES) return false;
  return crypto_sign_ed25519_verify_detached(bytes(signature), bytes(text), text.size(), public_key_.data()) == 0;
}

}  // namespace kavro::auth
