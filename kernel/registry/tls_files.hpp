// Reads what TLS will need, and says everything that is wrong with it, before anything runs: certificates, their private
// keys, the authorities of clients.
//
// Pure but for reading the files; OpenSSL's error queue of the calling thread is left empty. No part of a key gets into
// a message. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/config/problem.hpp"
#include "kernel/http/tls_identity.hpp"

namespace kavro::registry {

inline constexpr std::size_t kCertificatePairsMax = 1000;
// A certificate that expires sooner is warned of.
inline constexpr int kExpirySoonDays = 14;

// Absolute paths; empty: there is none.
struct TlsFiles {
  std::string certificate;
  std::string private_key;
  // A folder with further pairs: NAME.crt or NAME.pem, and NAME.key, unless NAME.pem has the key too. Hidden files and
  // other endings are not looked at. A pair that is the same as the one above is not taken twice.
  std::string certificate_folder = {};
  std::string client_ca = {};
  std::string client_crl = {};
};

// A thing that is wrong, with the setting that it is about.
struct TlsFlaw {
  std::string key;  // of [tls]: "certificate", "private_key", "certificate_folder"; of [admin]: "client_ca", "client_crl"
  std::string why;  // can follow "[tls] certificate: "
  config::Severity severity = config::Severity::kError;

  std::string_view section() const { return key.starts_with("client") ? "admin" : "tls"; }
};

struct TlsMaterial {
  http::TlsIdentity identity;
  std::optional<http::ClientAuthorities> clients;  // when there is a client_ca
  std::string digest;                              // of all files but the clients'; the same: nothing has changed
  std::string clients_digest;
  // With an error among them the rest is not complete. Errors: unreadable, not PEM, the wrong thing in the file,
  // encrypted, too weak, a key that does not belong to the certificate, two of a kind for one name, one without any
  // name, an authority that is none. Warnings: a certificate that is not valid now or expires soon, a list of revoked
  // certificates that is too old, a key that others can read.
  std::vector<TlsFlaw> flaws;
};
TlsMaterial readTlsFiles(const TlsFiles& files);

}  // namespace kavro::registry
