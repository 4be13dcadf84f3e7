// The server's side of TLS: certificate, key, protocol versions, ciphers. One per listening address; read-only once
// made, shared by all reactors.
#pragma once

#include <string>

#include <Poco/Net/Context.h>

namespace kavro::http {

struct TlsOptions {
  std::string certificate;  // PEM: the server's certificate, then those that lead to the authority
  std::string private_key;  // PEM
  std::string minimum_version = "1.2";
  std::string ciphers;  // of TLS 1.2; AEAD only
};

// Throws std::runtime_error that names the file and says what to do.
Poco::Net::Context::Ptr makeTlsContext(const TlsOptions& options);

}  // namespace kavro::http
