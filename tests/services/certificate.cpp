#include "tests/services/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <memory>
#include <stdexcept>

namespace kavro::testing {
namespace {

constexpr long kLifetimeS = 24 * 3600;

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Document = std::unique_ptr<X509, Deleter<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using Memory = std::unique_ptr<BIO, Deleter<BIO_free>>;

void expect(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("OpenSSL cannot make a certificate for the tests: ") + what);
}

std::string contentOf(const Memory& memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

void addExtension(X509* document, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, document, document, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
  expect(extension && X509_add_ext(document, extension.get(), -1) == 1, value);
}

Certificate make() {
  const Key key(EVP_EC_gen("P-256"));
  const Document document(X509_new());
  expect(key && document, "no memory or no P-256");

  uint32_t serial = 0;
  expect(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "no random bytes");
  X509_set_version(document.get(), X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(document.get()), serial | 1U);
  X509_gmtime_adj(X509_getm_notBefore(document.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(document.get()), kLifetimeS);
  X509_set_pubkey(document.get(), key.get());
  X509_NAME* name = X509_get_subject_name(document.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(document.get(), name);
  addExtension(document.get(), NID_basic_constraints, "critical,CA:FALSE");
  addExtension(document.get(), NID_key_usage, "critical,digitalSignature");
  addExtension(document.get(), NID_ext_key_usage, "serverAuth");
  addExtension(document.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  expect(X509_sign(document.get(), key.get(), EVP_sha256()) > 0, "it cannot be signed");

  const Memory certificate(BIO_new(BIO_s_mem()));
  const Memory private_key(BIO_new(BIO_s_mem()));
  expect(PEM_write_bio_X509(certificate.get(), document.get()) == 1, "it cannot be written");
  expect(PEM_write_bio_PKCS8PrivateKey(private_key.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
         "its key cannot be written");
  return {contentOf(certificate), contentOf(private_key)};
}

}  // namespace

const Certificate& certificateForTests() {
  static const Certificate made = make();
  return made;
}

}  // namespace kavro::testing
