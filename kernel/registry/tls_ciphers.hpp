// Looks at the list of TLS 1.2's ciphers that an operator chose. Pure; OpenSSL's error queue of the calling thread is left
// empty. Thread-safe.
#pragma once

#include <string>

namespace kavro::registry {

// Why this list, in OpenSSL's notation, cannot be; empty when it can. Every cipher in it has to have forward secrecy
// (ECDHE), a certificate, and authenticated encryption (AEAD) with a tag of 16 bytes: RFC 9325 section 4.2. What begins
// with "!", "-", "+" or "@" takes away or orders, and may.
std::string whyNoCiphers(const std::string& ciphers);

}  // namespace kavro::registry
