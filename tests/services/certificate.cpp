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

void addExtension(X509* document, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, document, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
  expect(extension && X509_add_ext(document, extension.get(), -1) == 1, value);
}

Key makeKey(const std::string& kind) {
  Key key(kind == "RSA" ? EVP_RSA_gen(2048) : EVP_EC_gen(kind.c_str()));
  expect(key != nullptr, "no memory, or no such key");
  return key;
}

Document readDocument(const std::string& pem) {
  const Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Document document(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
  expect(document != nullptr, "it cannot be read");
  return document;
}

Key readKey(const std::string& pem) {
  const Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr));
  expect(key != nullptr, "its key cannot be read");
  return key;
}

void addUse(const CertificateWish& wish, X509* document, X509* issuer) {
  const bool authority = wish.use == CertificateWish::Use::kAuthority;
  addExtension(document, issuer, NID_basic_constraints, authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  addExtension(document, issuer, NID_key_usage,
               authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  addExtension(document, issuer, NID_subject_key_identifier, "hash");
  if (!authority) {
    addExtension(document, issuer, NID_ext_key_usage,
                 wish.use == CertificateWish::Use::kClient ? "clientAuth" : "serverAuth");
  }
  std::string names;
  for (const std::string& name : wish.names) names += (names.empty() ? "" : ",") + name;
  if (!names.empty()) addExtension(document, issuer, NID_subject_alt_name, names.c_str());
}

}  // namespace

Certificate makeCertificate(const CertificateWish& wish, const Certificate* issuer) {
  const Key key = makeKey(wish.key);
  const Document document(X509_new());
  expect(document != nullptr, "no memory");
  const Document issuer_document = issuer ? readDocument(issuer->certificate) : nullptr;
  const Key issuer_key = issuer ? readKey(issuer->private_key) : nullptr;

  uint32_t serial = 0;
  expect(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "no random bytes");
  X509_set_version(document.get(), X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(document.get()), serial | 1U);
  X509_gmtime_adj(X509_getm_notBefore(document.get()), wish.begin_s);
  X509_gmtime_adj(X509_getm_notAfter(document.get()), wish.end_s);
  X509_set_pubkey(document.get(), key.get());
  X509_NAME* name = X509_get_subject_name(document.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(wish.subject.c_str()),
                             -1, -1, 0);
  X509_set_issuer_name(document.get(), issuer_document ? X509_get_subject_name(issuer_document.get()) : name);
  addUse(wish, document.get(), issuer_document ? issuer_document.get() : document.get());
  expect(X509_sign(document.get(), issuer_key ? issuer_key.get() : key.get(), EVP_sha256()) > 0, "it cannot be signed");

  const Memory certificate(BIO_new(BIO_s_mem()));
  const Memory private_key(BIO_new(BIO_s_mem()));
  expect(PEM_write_bio_X509(certificate.get(), document.get()) == 1, "it cannot be written");
  expect(PEM_write_bio_PKCS8PrivateKey(private_key.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
         "its key cannot be written");
  return {contentOf(certificate), contentOf(private_key)};
}

std::string makeRevocationList(const Certificate& authority, const std::vector<Certificate>& revoked, long end_s) {
  const Document issuer = readDocument(authority.certificate);
  const std::unique_ptr<X509_CRL, Deleter<X509_CRL_free>> list(X509_CRL_new());
  const std::unique_ptr<ASN1_TIME, Deleter<ASN1_TIME_free>> begin(X509_gmtime_adj(nullptr, -60));
  const std::unique_ptr<ASN1_TIME, Deleter<ASN1_TIME_free>> end(X509_gmtime_adj(nullptr, end_s));
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(issuer.get()));
  X509_CRL_set1_lastUpdate(list.get(), begin.get());
  X509_CRL_set1_nextUpdate(list.get(), end.get());
  for (const Certificate& one : revoked) {
    const Document document = readDocument(one.certificate);
    X509_REVOKED* const entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(document.get()));
    X509_REVOKED_set_revocationDate(entry, begin.get());
    X509_CRL_add0_revoked(list.get(), entry);
  }
  expect(X509_CRL_sign(list.get(), readKey(authority.private_key).get(), EVP_sha256()) > 0, "no list can be signed");
  const Memory memory(BIO_new(BIO_s_mem()));
  expect(PEM_write_bio_X509_CRL(memory.get(), list.get()) == 1, "no list can be written");
  return contentOf(memory);
}

const Certificate& certificateForTests() {
  static const Certificate made = makeCertificate({.names = {"DNS:localhost", "IP:127.0.0.1"}});
  return made;
}

}  // namespace kavro::testing
