#include "kernel/http/tls_context.hpp"

#include <stdexcept>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <Poco/Net/SSLException.h>

namespace kavro::http {

Poco::Net::Context::Ptr makeTlsContext(const TlsOptions& options) {
  using Poco::Net::Context;
  Context::Params params;
  params.privateKeyFile = options.private_key;
  params.certificateFile = options.certificate;
  params.verificationMode = Context::VERIFY_NONE;  // of clients; the default asks browsers for certificates
  params.loadDefaultCAs = false;
  params.cipherList = options.ciphers;
  Context::Ptr context;
  try {
    context = new Context(Context::TLS_SERVER_USE, params);
  } catch (const Poco::Exception& error) {
    throw std::runtime_error("[tls] " + error.displayText() +
                             "; certificate and private_key are PEM files that this user can read");
  }
  SSL_CTX* native = context->sslContext();
  if (SSL_CTX_check_private_key(native) != 1) {
    throw std::runtime_error("[tls] private_key " + options.private_key + " does not belong to certificate " +
                             options.certificate);
  }
  if (SSL_CTX_set_cipher_list(native, options.ciphers.c_str()) != 1) {
    throw std::runtime_error("[tls] ciphers: OpenSSL knows none of \"" + options.ciphers + "\"");
  }
  SSL_CTX_set_min_proto_version(native, options.minimum_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                  SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Buffers are given back when a connection idles; a partial write moves on; what came in one packet is read in one.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                               SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_clear_mode(native, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_read_ahead(native, 1);
  SSL_CTX_set_num_tickets(native, 1);
  static constexpr unsigned char kSessionContext[] = "kavro";
  SSL_CTX_set_session_id_context(native, kSessionContext, sizeof kSessionContext - 1);
  ERR_clear_error();
  return context;
}

}  // namespace kavro::http
