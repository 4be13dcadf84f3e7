// What a TLS server is made of, read and checked already (registry/tls_files.hpp does that): the certificates that it
// shows, and the authorities whose client certificates it believes.
//
// Values that own their OpenSSL objects; movable. Threads: read-only once made, then any.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace kavro::http {

template <auto kFree>
struct Freeing {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Certificate = std::unique_ptr<X509, Freeing<X509_free>>;
using RevocationList = std::unique_ptr<X509_CRL, Freeing<X509_CRL_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;

struct CertificatePair {
  std::string file;  // of the certificate, for messages
  Certificate certificate;
  std::vector<Certificate> issuers;  // those that lead from it to an authority
  PrivateKey key;

  // The DNS names of its subjectAltName in lower case, as they stand there: "example.org", "*.example.org". The common
  // name is not looked at, as no client does any more (RFC 9525 section 2).
  std::vector<std::string> names() const;
  // "RSA", "EC": certificates of one name can stand beside each other when these differ.
  std::string_view keyKind() const;
};

// The first pair is for clients that ask for no name, or for one that none of the others has.
struct TlsIdentity {
  std::vector<CertificatePair> pairs;
};

// Whether it may speak for the host of an authority that the parser takes ("example.org:8443", "[::1]"): by a DNS name
// or an IP address of its subjectAltName (RFC 9110, 4.3.4).
bool speaksFor(X509* certificate, std::string_view authority);

struct ClientAuthorities {
  std::vector<Certificate> certificates;
  std::vector<RevocationList> revoked;
};

}  // namespace kavro::http
