// Looks at what TLS will need, before anything runs: the certificate, its private key, the list of ciphers.
//
// Pure but for reading the two files; OpenSSL's error queue of the calling thread is left empty. Nothing is kept, and
// no part of a key gets into a message.
#pragma once

#include <string>
#include <vector>

#include "kernel/config/problem.hpp"

namespace kavro::registry {

struct TlsFiles {
  std::string certificate;  // absolute paths
  std::string private_key;
};

// A thing that is wrong, with the setting of [tls] that it is about.
struct TlsFlaw {
  std::string key;  // "certificate", "private_key"
  std::string why;  // can follow "[tls] certificate: "
  config::Severity severity = config::Severity::kError;
};

// Errors: unreadable, not PEM, the wrong thing in the file, encrypted, too weak, a key that does not belong to the
// certificate. Warnings: a certificate that is not valid now, a key that others can read.
std::vector<TlsFlaw> flawsOfTlsFiles(const TlsFiles& files);

// Why OpenSSL could do nothing with this list of TLS 1.2's ciphers; empty when it can.
std::string whyNoCiphers(const std::string& ciphers);

}  // namespace kavro::registry
