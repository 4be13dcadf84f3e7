#include "kernel/http/tls_context.hpp"

#include <errno.h>

#include <cstdio>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <system_error>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <Poco/Net/SSLException.h>

namespace kavro::http {

namespace {

using Poco::Net::Context;

[[noreturn]] void refuse(const std::string& what) {
  ERR_clear_error();
  throw std::runtime_error("[tls] " + what);
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

std::unique_ptr<std::FILE, CloseFile> open(const std::string& setting, const std::string& path) {
  std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
  if (file) return file;
  const int why = errno;
  refuse(setting + " " + path + ": " + std::generic_category().message(why) + "; " +
         (why == EACCES ? "let the user that the server runs as read it" : "write the path of a PEM file"));
}

// OpenSSL would ask for the password on the terminal.
int noPassword(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

// POCO says little about what is wrong with a file, so both are looked at before it does.
void check(const TlsOptions& options) {
  const auto certificate_file = open("certificate", options.certificate);
  const std::unique_ptr<X509, FreeCertificate> certificate(
      PEM_read_X509(certificate_file.get(), nullptr, nullptr, nullptr));
  if (!certificate) {
    refuse("certificate " + options.certificate +
           ": holds no certificate in PEM; it begins with -----BEGIN CERTIFICATE-----");
  }
  const auto key_file = open("private_key", options.private_key);
  bool encrypted = false;
  const std::unique_ptr<EVP_PKEY, FreeKey> key(PEM_read_PrivateKey(key_file.get(), nullptr, noPassword, &encrypted));
  if (!key && encrypted) {
    refuse("private_key " + options.private_key +
           ": is encrypted, and nobody is there to give its password; write it " + "without one: openssl pkey -in " +
           options.private_key + " -out FILE");
  }
  if (!key) {
    refuse("private_key " + options.private_key +
           ": holds no private key in PEM; it begins with -----BEGIN PRIVATE KEY-----");
  }
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    refuse("private_key " + options.private_key + " does not belong to certificate " + options.certificate +
           "; give the two that were made together, with the server's own certificate first in its file");
  }
}

std::string textOf(const ASN1_TIME* time) {
  std::tm parts{};
  char text[32] = "an unknown time";
  if (ASN1_TIME_to_tm(time, &parts) == 1) std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text;
}

}  // namespace

Context::Ptr makeTlsContext(const TlsOptions& options) {
  check(options);
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
    refuse(error.displayText() + "; certificate and private_key are PEM files that this user can read");
  }
  SSL_CTX* native = context->sslContext();
  if (SSL_CTX_set_cipher_list(native, options.ciphers.c_str()) != 1) {
    refuse("ciphers: OpenSSL knows none of \"" + options.ciphers + "\"");
  }
  SSL_CTX_set_min_proto_version(native, options.minimum_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                  SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Buffers are given back when a connection idles; a partial write moves on; what came in one packet is read in one.
  SSL_CTX_set_mode(native,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_clear_mode(native, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_read_ahead(native, 1);
  SSL_CTX_set_num_tickets(native, 1);
  static constexpr unsigned char kSessionContext[] = "kavro";
  SSL_CTX_set_session_id_context(native, kSessionContext, sizeof kSessionContext - 1);
  ERR_clear_error();
  return context;
}

std::vector<std::string> tlsWarnings(const TlsOptions& options, const Context& context) {
  const X509* const certificate = SSL_CTX_get0_certificate(context.sslContext());
  if (!certificate) return {};
  const std::string which = "[tls] certificate " + options.certificate + ": ";
  const ASN1_TIME* const begin = X509_get0_notBefore(certificate);
  const ASN1_TIME* const end = X509_get0_notAfter(certificate);
  if (X509_cmp_current_time(begin) > 0) {
    return {which + "is not valid before " + textOf(begin) + "; is the clock of this machine right?"};
  }
  if (X509_cmp_current_time(end) < 0) {
    return {which + "expired at " + textOf(end) + "; clients refuse it: renew it and reload"};
  }
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, nullptr, end) == 1 && days < kExpirySoonDays) {
    return {which + "expires at " + textOf(end) + ", in " + std::to_string(days) + " days; renew it and reload"};
  }
  return {};
}

}  // namespace kavro::http
