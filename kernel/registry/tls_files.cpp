#include "kernel/registry/tls_files.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <utility>

#include "kernel/config/file_content.hpp"

namespace kavro::registry {
namespace {

constexpr std::size_t kPemBytesMax = 1024 * 1024;
constexpr int kSecurityBitsMin =
    112;  // what Debian's OpenSSL serves with: RSA from 2048 bits on, elliptic curves from 224

template <auto kFree>
struct Freeing {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Bio = std::unique_ptr<BIO, Freeing<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freeing<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using Context = std::unique_ptr<SSL_CTX, Freeing<SSL_CTX_free>>;

Bio reading(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// Called when a key has a password: there is nobody to ask.
int refusePassword(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

std::string timeOf(const ASN1_TIME* time) {
  Bio bio(BIO_new(BIO_s_mem()));
  char text[64] = {};
  if (!bio || ASN1_TIME_print(bio.get(), time) != 1) return "?";
  const int size = BIO_read(bio.get(), text, sizeof text - 1);
  return std::string(text, size > 0 ? static_cast<std::size_t>(size) : 0);
}

class TlsFilesReader {
 public:
  std::vector<TlsFlaw> read(const TlsFiles& files) {
    readCertificate(files.certificate);
    readKey(files.private_key);
    if (certificate_ && key_ && X509_check_private_key(certificate_.get(), key_.get()) != 1) {
      flaw("private_key", files.private_key + " does not belong to the certificate " + files.certificate +
                              ": they are of two pairs; name the key that the certificate was requested with");
    }
    ERR_clear_error();
    return std::move(flaws_);
  }

 private:
  void flaw(const char* key, std::string why, config::Severity severity = config::Severity::kError) {
    flaws_.push_back({key, std::move(why), severity});
  }

  // False when there is nothing to look at, which has been said then.
  bool readPem(const char* key, const std::string& path, const char* expected, config::FileContent& content) {
    content = config::readFile(path, kPemBytesMax);
    if (!content.why.empty()) {
      flaw(key, path + ": " + content.why);
    } else if (content.bytes.empty()) {
      flaw(key, path + ": the file is empty; expected " + expected + " in PEM form");
    } else {
      return true;
    }
    return false;
  }

  void readCertificate(const std::string& path) {
    config::FileContent content;
    if (!readPem("certificate", path, "a certificate", content)) return;
    Bio bio = reading(content.bytes);
    certificate_.reset(bio ? PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr) : nullptr);
    if (!certificate_) {
      std::string why = path + " has no certificate in PEM form (-----BEGIN CERTIFICATE-----)";
      if (content.bytes.find("-----BEGIN CERTIFICATE-----") != std::string::npos) {
        why = path + " has a certificate that is damaged or cut off; copy it again, whole";
      } else if (content.bytes.find("PRIVATE KEY-----") != std::string::npos) {
        why += ", but a private key: is it the one for private_key?";
      } else if (content.bytes[0] == '\x30') {
        why += "; it looks like DER, so do: openssl x509 -inform der -in " + path + " -out FILE";
      }
      return flaw("certificate", why);
    }
    // The issuers' behind it; the end of the file is an error of its own kind.
    ERR_clear_error();
    while (Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))) {
    }
    const unsigned long ended = ERR_peek_last_error();
    if (ended != 0 && ERR_GET_REASON(ended) != PEM_R_NO_START_LINE) {
      flaw("certificate", path + ": a certificate behind the first one is damaged; copy the issuers' again, whole");
    }
    ERR_clear_error();
    checkTime(path);
    if (EVP_PKEY* key = X509_get0_pubkey(certificate_.get())) checkStrength("certificate", path, key);
  }

  void checkTime(const std::string& path) {
    const ASN1_TIME* begin = X509_get0_notBefore(certificate_.get());
    const ASN1_TIME* end = X509_get0_notAfter(certificate_.get());
    if (X509_cmp_current_time(end) < 0) {
      flaw("certificate", path + " expired on " + timeOf(end) + ", and clients will refuse it; renew it",
           config::Severity::kWarning);
    } else if (X509_cmp_current_time(begin) > 0) {
      flaw("certificate", path + " is not valid before " + timeOf(begin) + ", and clients will refuse it until then",
           config::Severity::kWarning);
    }
  }

  void checkStrength(const char* setting, const std::string& path, EVP_PKEY* key) {
    if (EVP_PKEY_get_security_bits(key) >= kSecurityBitsMin) return;
    flaw(setting, path + " is of a key with " + std::to_string(EVP_PKEY_get_bits(key)) +
                      " bits, which is too weak for TLS; make one with at least 2048 for RSA, or on the curve P-256");
  }

  void readKey(const std::string& path) {
    config::FileContent content;
    if (!readPem("private_key", path, "a private key", content)) return;
    if ((content.mode & 07) != 0) {
      flaw("private_key", path + " can be read by everybody; do: chmod 600 " + path, config::Severity::kWarning);
    }
    bool asked = false;
    Bio bio = reading(content.bytes);
    key_.reset(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, &refusePassword, &asked) : nullptr);
    ERR_clear_error();
    if (key_) return;
    std::string why = path + " has no private key in PEM form (-----BEGIN PRIVATE KEY-----)";
    if (asked) {
      why = path + " is encrypted with a password, and nobody is there to type it; do: openssl pkey -in " + path +
            " -out FILE, and keep FILE to the server's user (chmod 600)";
    } else if (content.bytes.find("PRIVATE KEY-----") != std::string::npos) {
      why = path + " has a private key that is damaged or cut off; copy it again, whole";
    } else if (content.bytes.find("-----BEGIN CERTIFICATE-----") != std::string::npos) {
      why += ", but a certificate: is it the one for certificate?";
    } else if (content.bytes[0] == '\x30') {
      why += "; it looks like DER, so do: openssl pkey -inform der -in " + path + " -out FILE";
    }
    flaw("private_key", why);
  }

  std::vector<TlsFlaw> flaws_;
  Certificate certificate_;
  Key key_;
};

}  // namespace

std::vector<TlsFlaw> flawsOfTlsFiles(const TlsFiles& files) { return TlsFilesReader().read(files); }

std::string whyNoCiphers(const std::string& ciphers) {
  Context context(SSL_CTX_new(TLS_server_method()));
  const bool known = context && SSL_CTX_set_cipher_list(context.get(), ciphers.c_str()) == 1;
  ERR_clear_error();
  if (known) return {};
  return config::inQuotes(ciphers) +
         ": OpenSSL knows none of these; expected names such as "
         "ECDHE-ECDSA-AES128-GCM-SHA256 with : between them (openssl ciphers -v lists all)";
}

}  // namespace kavro::registry
