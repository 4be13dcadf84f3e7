// The server's side of TLS: certificate, key, protocol versions, ciphers. One per listening address; read-only once
// made, shared by all reactors.
#pragma once

#include <string>
#include <vector>

#include <Poco/Net/Context.h>

namespace kavro::http {

struct TlsOptions {
  std::string certificate;  // PEM: the server's certificate, then those that lead to the authority
  std::string private_key;  // PEM
  std::string minimum_version = "1.2";
  std::string ciphers;  // of TLS 1.2; AEAD only
};

// Throws std::runtime_error that names the file, what is wrong with it and what to do: it cannot be read, is no PEM of
// its kind, the key is encrypted, or is another certificate's.
Poco::Net::Context::Ptr makeTlsContext(const TlsOptions& options);

// What clients will refuse though it can be served: a certificate that has expired, is not valid yet, or expires within
// kExpirySoonDays. A sentence each.
inline constexpr int kExpirySoonDays = 14;
std::vector<std::string> tlsWarnings(const TlsOptions& options, const Poco::Net::Context& context);

}  // namespace kavro::http
