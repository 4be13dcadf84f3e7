// The server's side of TLS: versions, ciphers, certificates, tickets. One context for each kind of listening address;
// read-only once made, shared by all reactors. Connections keep what they need of it.
//
// What is spoken, whatever the settings say (RFC 9325): TLS 1.2 and 1.3; key exchange by X25519, P-256 or P-384;
// authenticated encryption; no signature with SHA-1; no renegotiation, compression or early data. By ALPN http/1.1 or
// http/1.0: a client that offers only others gets the alert no_application_protocol (RFC 7301), so that
// nobody can make a browser speak HTTP to a server of another protocol or the other way round. A client that offers
// nothing is served.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <Poco/Net/Context.h>

#include "kernel/http/ticket_keys.hpp"
#include "kernel/http/tls_identity.hpp"

namespace kavro::http {

struct TlsOptions {
  std::string minimum_version = "1.2";
  std::string ciphers;                              // of TLS 1.2; ECDHE and AEAD only
  std::chrono::milliseconds ticket_lifetime{0};     // 0: sessions are not resumed
};

// `identity` has at least one pair; its objects are shared from then on. A client that names a host by SNI gets the
// certificate that has the name; one of each kind of key, where there are several, and OpenSSL chooses by what the client
// can. With any other name, or none, it is the first pair, beside which stand the pairs of other kinds that have all of
// its names. A session is only resumed for the name it was made for.
//
// `tickets` may be shared by contexts; null when there are none. With `clients` every client has to show a certificate
// of theirs, at every connection: sessions are not resumed then, so that a revoked one has no back door.
//
// Throws std::runtime_error with the setting, what is wrong and what to do.
Poco::Net::Context::Ptr makeTlsContext(const TlsIdentity& identity, const TlsOptions& options,
                                       std::shared_ptr<TicketKeys> tickets, const ClientAuthorities* clients = nullptr);

}  // namespace kavro::http
