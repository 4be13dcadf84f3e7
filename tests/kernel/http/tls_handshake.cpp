#include "tests/kernel/http/tls_handshake.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <utility>

namespace kavro::http {

namespace {

constexpr int kRoundsMax = 20;  // of both sides; a handshake has four at most
constexpr char kEarlyData[] = "GET /early HTTP/1.1\r\n\r\n";

std::unique_ptr<BIO, Freeing<BIO_free_all>> reading(const std::string& text) {
  return std::unique_ptr<BIO, Freeing<BIO_free_all>>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

int keepSession(SSL* client, SSL_SESSION* session) {
  static_cast<TlsHandshake*>(SSL_get_app_data(client))->session = Session(session, SSL_SESSION_free);
  return 1;
}

std::string subjectOf(SSL* client) {
  char text[128] = "";
  const std::unique_ptr<X509, Freeing<X509_free>> certificate(SSL_get1_peer_certificate(client));
  if (certificate) X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, text, sizeof text);
  return text;
}

void setUp(SSL_CTX* context, const TlsClientOptions& options) {
  SSL_CTX_set_security_level(context, 0);  // what is looked at is the server's
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keepSession);
  SSL_CTX_set_min_proto_version(context, options.minimum);
  SSL_CTX_set_max_proto_version(context, options.maximum);
  SSL_CTX_set_cipher_list(context, options.ciphers.empty() ? "ALL:COMPLEMENTOFALL" : options.ciphers.c_str());
  if (!options.groups.empty()) SSL_CTX_set1_groups_list(context, options.groups.c_str());
  if (!options.signatures.empty()) SSL_CTX_set1_sigalgs_list(context, options.signatures.c_str());
  std::string protocols;
  for (const std::string& protocol : options.protocols) protocols += static_cast<char>(protocol.size()) + protocol;
  SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned>(protocols.size()));
  if (options.certificate == nullptr) return;
  const CertificatePair pair = pairOf(*options.certificate);
  SSL_CTX_use_certificate(context, pair.certificate.get());
  SSL_CTX_use_PrivateKey(context, pair.key.get());
}

}  // namespace

CertificatePair pairOf(const testing::Certificate& certificate, const std::string& file) {
  CertificatePair pair;
  pair.file = file;
  pair.certificate.reset(PEM_read_bio_X509(reading(certificate.certificate).get(), nullptr, nullptr, nullptr));
  pair.key.reset(PEM_read_bio_PrivateKey(reading(certificate.private_key).get(), nullptr, nullptr, nullptr));
  return pair;
}

ClientAuthorities authoritiesOf(const testing::Certificate& authority, const std::string& revocation_list) {
  ClientAuthorities clients;
  clients.certificates.push_back(std::move(pairOf(authority).certificate));
  if (revocation_list.empty()) return clients;
  clients.revoked.emplace_back(PEM_read_bio_X509_CRL(reading(revocation_list).get(), nullptr, nullptr, nullptr));
  return clients;
}

TlsHandshake::TlsHandshake(const Poco::Net::Context::Ptr& server_context, TlsClientOptions options)
    : context_(SSL_CTX_new(TLS_client_method())) {
  ERR_clear_error();
  setUp(context_, options);
  client = SSL_new(context_);
  server = SSL_new(server_context->sslContext());
  SSL_set_app_data(client, reinterpret_cast<char*>(this));
  BIO *client_side = nullptr, *server_side = nullptr;
  BIO_new_bio_pair(&client_side, 0, &server_side, 0);
  SSL_set_bio(client, client_side, client_side);
  SSL_set_bio(server, server_side, server_side);
  SSL_set_connect_state(client);
  SSL_set_accept_state(server);
  if (!options.name.empty()) SSL_set_tlsext_host_name(client, options.name.c_str());
  if (options.session) {
    // A copy: OpenSSL's client gives up a session that the server has replaced by a newer one.
    const std::unique_ptr<SSL_SESSION, Freeing<SSL_SESSION_free>> copy(SSL_SESSION_dup(options.session.get()));
    SSL_set_session(client, copy.get());
  }
  std::size_t written = 0;
  if (options.early_data) SSL_write_early_data(client, kEarlyData, sizeof kEarlyData - 1, &written);
  for (int round = 0; goOn() && !(client_done_ && server_done_); ++round) {
    if (round == kRoundsMax) failure = "neither side goes on";
  }
  if (!failure.empty()) return;
  // Tickets of TLS 1.3 come after the handshake, and so does the refusal of a client's certificate.
  sendAndReceive("x");
  char nothing = 0;
  SSL_read(client, &nothing, 1);
  if (!session) session = Session(SSL_get1_session(client), SSL_SESSION_free);  // TLS 1.2: with a renewed ticket
  version = SSL_get_version(client);
  cipher = SSL_get_cipher_name(client);
  resumed = SSL_session_reused(client) == 1;
  subject = subjectOf(client);
  if (const char* name = SSL_group_to_name(client, static_cast<int>(SSL_get_negotiated_group(client)))) group = name;
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(client, &chosen, &size);
  protocol.assign(reinterpret_cast<const char*>(chosen), size);
}

TlsHandshake::~TlsHandshake() {
  SSL_set_shutdown(client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);  // otherwise its session is taken for a bad one
  SSL_free(client);
  SSL_free(server);
  SSL_CTX_free(context_);
}

bool TlsHandshake::step(SSL* side) {
  ERR_clear_error();
  const int result = SSL_do_handshake(side);
  if (result == 1) return true;
  const int error = SSL_get_error(side, result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return false;
  const char* const reason = ERR_reason_error_string(ERR_peek_error());
  // What the server says of itself is not what a client learns; it counts only when no alert comes.
  if (side == client) failure = reason ? reason : "closed";
  return false;
}

bool TlsHandshake::goOn() {
  if (!client_done_) client_done_ = step(client);
  if (failure.empty() && !server_done_) server_done_ = step(server);
  return failure.empty();
}

std::string TlsHandshake::sendAndReceive(const std::string& text) {
  SSL_write(client, text.data(), static_cast<int>(text.size()));
  std::string received(256, '\0');
  ERR_clear_error();
  const int size = SSL_read(server, received.data(), static_cast<int>(received.size()));
  received.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return received;
}

}  // namespace kavro::http
