// Certificates for tests, made through OpenSSL's API. Threads: any.
#pragma once

#include <string>
#include <vector>

namespace kavro::testing {

struct Certificate {
  std::string certificate;  // PEM
  std::string private_key;  // PEM, PKCS #8
};

// Self-signed: EC P-256, for localhost and 127.0.0.1, for 90 days. Made once per process: a key costs little, but tests
// start many servers.
const Certificate& certificateForTests();

struct CertificateWish {
  enum class Use { kServer, kClient, kAuthority };

  std::string subject = "localhost";         // its common name
  std::vector<std::string> names = {};       // of its subjectAltName: "DNS:example.org", "IP:127.0.0.1"
  Use use = Use::kServer;
  std::string key = "P-256";                 // or "P-384", "RSA"
  long begin_s = -60, end_s = 90 * 86'400;   // from now
};
// Signed by `issuer`, or by itself.
Certificate makeCertificate(const CertificateWish& wish, const Certificate* issuer = nullptr);

// PEM: what `authority` has revoked of its certificates; good until `end_s` from now.
std::string makeRevocationList(const Certificate& authority, const std::vector<Certificate>& revoked,
                               long end_s = 86'400);

}  // namespace kavro::testing
