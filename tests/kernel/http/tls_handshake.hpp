// A TLS server of makeTlsContext() and a client of OpenSSL's, in memory: no sockets, no waiting.
//
//   TlsHandshake handshake(context, {.name = "example.org"});
//   EXPECT_EQ("", handshake.failure);
//   EXPECT_EQ("example.org", handshake.subject);
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include <Poco/Net/Context.h>

#include "kernel/http/tls_identity.hpp"
#include "tests/services/certificate.hpp"

namespace kavro::http {

using Session = std::shared_ptr<SSL_SESSION>;

struct TlsClientOptions {
  std::string name = {};        // SNI; empty: none
  int minimum = 0, maximum = 0; // versions
  std::string ciphers = {};     // of TLS 1.2
  std::string groups = {};
  std::string signatures = {};
  std::vector<std::string> protocols = {};  // ALPN
  const testing::Certificate* certificate = nullptr;
  Session session = {};
  bool early_data = false;      // sends some with the session
};

struct TlsHandshake {
  TlsHandshake(const Poco::Net::Context::Ptr& server, TlsClientOptions options = {});
  ~TlsHandshake();

  // Both sides on, as far as they go; true while neither has failed.
  bool goOn();
  // One record of data from the client to the server's application, or "" when there was none.
  std::string sendAndReceive(const std::string& text);

  std::string failure;  // as the client was told: "tlsv1 alert protocol version"; empty: it is done
  std::string version, cipher, protocol, group, subject;
  bool resumed = false;
  Session session;  // the newest that the server gave
  SSL* client = nullptr;
  SSL* server = nullptr;

 private:
  bool step(SSL* side);
  SSL_CTX* context_ = nullptr;
  bool client_done_ = false, server_done_ = false;
};

// Read as the server reads it.
CertificatePair pairOf(const testing::Certificate& certificate, const std::string& file = "test.crt");
ClientAuthorities authoritiesOf(const testing::Certificate& authority, const std::string& revocation_list = {});

}  // namespace kavro::http
