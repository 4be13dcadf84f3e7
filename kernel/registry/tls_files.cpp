#include "kernel/registry/tls_files.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <system_error>
#include <utility>

#include "kernel/config/file_content.hpp"

namespace kavro::registry {
namespace {

constexpr std::size_t kPemBytesMax = 1024 * 1024;
constexpr int kSecurityBitsMin = 112;  // what TLS is served with: RSA from 2048 bits on, elliptic curves from 224

using http::Certificate;
using http::CertificatePair;
using http::Freeing;
using Bio = std::unique_ptr<BIO, Freeing<BIO_free_all>>;

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

// SHA-256 of files, each behind its length, so that no two choices of files give the same.
class Digest {
 public:
  Digest() { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void add(std::string_view part) {
    const std::string size = std::to_string(part.size()) + ':';
    EVP_DigestUpdate(context_.get(), size.data(), size.size());
    EVP_DigestUpdate(context_.get(), part.data(), part.size());
  }
  std::string end() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), digest, &size);
    return {reinterpret_cast<const char*>(digest), size};
  }

 private:
  std::unique_ptr<EVP_MD_CTX, Freeing<EVP_MD_CTX_free>> context_{EVP_MD_CTX_new()};
};

class TlsFilesReader {
 public:
  TlsMaterial read(const TlsFiles& files) {
    if (!files.certificate.empty()) {
      CertificatePair pair = readPair("certificate", files.certificate, "private_key", files.private_key);
      if (pair.certificate && pair.key) material_.identity.pairs.push_back(std::move(pair));
    }
    if (!files.certificate_folder.empty()) readFolder(files.certificate_folder);
    material_.digest = digest_.end();
    digest_ = Digest();
    if (!files.client_ca.empty()) readAuthorities(files.client_ca, files.client_crl);
    material_.clients_digest = digest_.end();
    ERR_clear_error();
    return std::move(material_);
  }

 private:
  void flaw(const char* key, std::string why, config::Severity severity = config::Severity::kError) {
    material_.flaws.push_back({key, std::move(why), severity});
  }

  // False when there is nothing to look at, which has been said then.
  bool readPem(const char* key, const std::string& path, const char* expected, config::FileContent& content) {
    content = config::readFile(path, kPemBytesMax);
    digest_.add(path);
    digest_.add(content.bytes);
    if (!content.why.empty()) {
      flaw(key, path + ": " + content.why);
    } else if (content.bytes.empty()) {
      flaw(key, path + ": the file is empty; expected " + expected + " in PEM form");
    } else {
      return true;
    }
    return false;
  }

  CertificatePair readPair(const char* setting, const std::string& file, const char* key_setting,
                           const std::string& key_file) {
    CertificatePair pair;
    pair.file = file;
    readCertificate(setting, pair);
    readKey(key_setting, key_file, pair);
    if (pair.certificate && pair.key && X509_check_private_key(pair.certificate.get(), pair.key.get()) != 1) {
      flaw(key_setting, key_file + " does not belong to the certificate " + file +
                            ": they are of two pairs; name the key that the certificate was requested with");
      pair.key.reset();
    }
    ERR_clear_error();
    return pair;
  }

  void readCertificate(const char* setting, CertificatePair& pair) {
    config::FileContent content;
    const std::string& path = pair.file;
    if (!readPem(setting, path, "a certificate", content)) return;
    const Bio bio = reading(content.bytes);
    pair.certificate.reset(bio ? PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr) : nullptr);
    if (!pair.certificate) {
      std::string why = path + " has no certificate in PEM form (-----BEGIN CERTIFICATE-----)";
      if (content.bytes.find("-----BEGIN CERTIFICATE-----") != std::string::npos) {
        why = path + " has a certificate that is damaged or cut off; copy it again, whole";
      } else if (content.bytes.find("PRIVATE KEY-----") != std::string::npos) {
        why += ", but a private key: is it the one for private_key?";
      } else if (content.bytes[0] == '\x30') {
        why += "; it looks like DER, so do: openssl x509 -inform der -in " + path + " -out FILE";
      }
      return flaw(setting, why);
    }
    // The issuers' behind it.
    pair.issuers = readCertificates(bio.get());
    if (!endedWell()) {
      flaw(setting, path + ": a certificate behind the first one is damaged; copy the issuers' again, whole");
    }
    checkTime(setting, path, pair.certificate.get());
    if (EVP_PKEY* key = X509_get0_pubkey(pair.certificate.get())) checkStrength(setting, path, key);
  }

  static std::vector<Certificate> readCertificates(BIO* bio) {
    std::vector<Certificate> certificates;
    ERR_clear_error();
    while (Certificate one{PEM_read_bio_X509(bio, nullptr, nullptr, nullptr)}) certificates.push_back(std::move(one));
    return certificates;
  }

  // The end of the file is an error of its own kind.
  static bool endedWell() {
    const unsigned long ended = ERR_peek_last_error();
    ERR_clear_error();
    return ended == 0 || ERR_GET_REASON(ended) == PEM_R_NO_START_LINE;
  }

  void checkTime(const char* setting, const std::string& path, const X509* certificate) {
    const ASN1_TIME* begin = X509_get0_notBefore(certificate);
    const ASN1_TIME* end = X509_get0_notAfter(certificate);
    const auto warn = [&](const std::string& what) { flaw(setting, path + " " + what, config::Severity::kWarning); };
    int days = 0, seconds = 0;
    if (X509_cmp_current_time(end) < 0) {
      warn("expired on " + timeOf(end) + ", and clients will refuse it; renew it");
    } else if (X509_cmp_current_time(begin) > 0) {
      warn("is not valid before " + timeOf(begin) + ", and clients will refuse it until then");
    } else if (ASN1_TIME_diff(&days, &seconds, nullptr, end) == 1 && days < kExpirySoonDays) {
      warn("expires on " + timeOf(end) + ", in " + std::to_string(days) + " days; renew it, then: kavro reload");
    }
  }

  void checkStrength(const char* setting, const std::string& path, EVP_PKEY* key) {
    if (EVP_PKEY_get_security_bits(key) >= kSecurityBitsMin) return;
    flaw(setting, path + " is of a key with " + std::to_string(EVP_PKEY_get_bits(key)) +
                      " bits, which is too weak for TLS; make one with at least 2048 for RSA, or on the curve P-256");
  }

  void readKey(const char* setting, const std::string& path, CertificatePair& pair) {
    config::FileContent content;
    if (!readPem(setting, path, "a private key", content)) return;
    if ((content.mode & 07) != 0) {
      flaw(setting, path + " can be read by everybody; do: chmod 600 " + path, config::Severity::kWarning);
    }
    bool asked = false;
    const Bio bio = reading(content.bytes);
    pair.key.reset(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, &refusePassword, &asked) : nullptr);
    ERR_clear_error();
    if (!pair.key) flaw(setting, whyNoKey(path, content.bytes, asked));
    OPENSSL_cleanse(content.bytes.data(), content.bytes.size());
  }

  static std::string whyNoKey(const std::string& path, const std::string& bytes, bool is_encrypted) {
    if (is_encrypted) {
      return path + " is encrypted with a password, and nobody is there to type it; do: openssl pkey -in " + path +
             " -out FILE, and keep FILE to the server's user (chmod 600)";
    }
    if (bytes.find("PRIVATE KEY-----") != std::string::npos) {
      return path + " has a private key that is damaged or cut off; copy it again, whole";
    }
    std::string why = path + " has no private key in PEM form (-----BEGIN PRIVATE KEY-----)";
    if (bytes.find("-----BEGIN CERTIFICATE-----") != std::string::npos) {
      why += ", but a certificate: is it the one for certificate?";
    } else if (bytes[0] == '\x30') {
      why += "; it looks like DER, so do: openssl pkey -inform der -in " + path + " -out FILE";
    }
    return why;
  }

  // The files of a folder by what is in front of their ending.
  struct FolderEntry {
    std::vector<std::string> certificates;
    std::string key;
  };

  void readFolder(const std::string& folder) {
    std::map<std::string, FolderEntry> entries;
    std::error_code error;
    for (std::filesystem::directory_iterator file(folder, error), end; !error && file != end; file.increment(error)) {
      const std::filesystem::path& path = file->path();
      const std::string name = path.filename(), ending = path.extension(), stem = path.stem();
      if (name.starts_with('.')) continue;
      if (ending == ".crt" || ending == ".pem") entries[stem].certificates.push_back(path);
      if (ending == ".key") entries[stem].key = path;
    }
    if (error) return flaw(kFolder, folder + ": " + error.message() + "; expected a folder that the server can read");
    if (entries.size() > kCertificatePairsMax) {
      return flaw(kFolder, folder + " has " + std::to_string(entries.size()) + " pairs, and at most " +
                               std::to_string(kCertificatePairsMax) + " can be served");
    }
    for (auto& [stem, entry] : entries) {
      std::sort(entry.certificates.begin(), entry.certificates.end());
      readEntry(stem, entry);
    }
    checkNames();
  }

  void readEntry(const std::string& stem, FolderEntry& entry) {
    if (entry.certificates.empty()) {
      return flaw(kFolder, entry.key + ": there is no certificate beside this key; put it there as " + stem +
                               ".crt, or take the key away");
    }
    if (entry.certificates.size() > 1) {
      return flaw(kFolder, config::listed(entry.certificates) + ": which of them should be served? Take one away");
    }
    const std::string& file = entry.certificates.front();
    if (entry.key.empty()) {
      const std::string bytes = config::readFile(file, kPemBytesMax).bytes;
      if (bytes.find("PRIVATE KEY-----") == std::string::npos) {
        return flaw(kFolder, file + ": there is no private key beside this certificate; put it there as " + stem + ".key");
      }
      entry.key = file;
    }
    CertificatePair pair = readPair(kFolder, file, kFolder, entry.key);
    if (!pair.certificate || !pair.key) return;
    auto& pairs = material_.identity.pairs;
    if (!pairs.empty() && X509_cmp(pairs.front().certificate.get(), pair.certificate.get()) == 0) return;
    if (pair.names().empty()) {
      return flaw(kFolder, file + " has no DNS name in its subjectAltName, so no client would get it; request it again "
                                  "with -addext subjectAltName=DNS:NAME");
    }
    pairs.push_back(std::move(pair));
  }

  void checkNames() {
    std::map<std::pair<std::string, std::string>, std::string> files;
    for (const CertificatePair& pair : material_.identity.pairs) {
      for (const std::string& name : pair.names()) {
        const std::string kind(pair.keyKind());
        const auto [other, is_first] = files.emplace(std::pair(name, kind), pair.file);
        if (is_first || other->second == pair.file) continue;
        flaw(kFolder, other->second + " and " + pair.file + " are both for " + config::inQuotes(name) + " with a key of the kind " +
                          kind + ", and only one can be served; take one away, or make one with a key of another kind");
        break;
      }
    }
  }

  void readAuthorities(const std::string& path, const std::string& list_path) {
    http::ClientAuthorities clients;
    config::FileContent content;
    if (!readPem(kClientCa, path, "the certificate of an authority", content)) return;
    const Bio bio = reading(content.bytes);
    if (bio) clients.certificates = readCertificates(bio.get());
    if (!endedWell()) return flaw(kClientCa, path + ": a certificate in it is damaged; copy it again, whole");
    if (clients.certificates.empty()) {
      return flaw(kClientCa, path + " has no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
    }
    for (const Certificate& one : clients.certificates) {
      checkTime(kClientCa, path, one.get());
      if (X509_check_ca(one.get()) == 0) {
        flaw(kClientCa, path + " has a certificate that is no authority's, so no client's can be signed by it; make one "
                               "with -addext basicConstraints=critical,CA:TRUE");
      }
      if (EVP_PKEY* key = X509_get0_pubkey(one.get())) checkStrength(kClientCa, path, key);
    }
    if (!list_path.empty()) readRevoked(list_path, clients);
    material_.clients = std::move(clients);
  }

  void readRevoked(const std::string& path, http::ClientAuthorities& clients) {
    config::FileContent content;
    if (!readPem(kClientCrl, path, "a list of revoked certificates", content)) return;
    const Bio bio = reading(content.bytes);
    ERR_clear_error();
    while (http::RevocationList list{bio ? PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr) : nullptr}) {
      clients.revoked.push_back(std::move(list));
    }
    if (!endedWell()) return flaw(kClientCrl, path + ": a list in it is damaged; copy it again, whole");
    if (clients.revoked.empty()) {
      return flaw(kClientCrl, path + " has no list of revoked certificates in PEM form (-----BEGIN X509 CRL-----)");
    }
    for (const http::RevocationList& list : clients.revoked) {
      const ASN1_TIME* next = X509_CRL_get0_nextUpdate(list.get());
      if (next && X509_cmp_current_time(next) < 0) {
        flaw(kClientCrl, path + " should have been replaced on " + timeOf(next) +
                             ", and until then every client is refused; make it anew: openssl ca -gencrl",
             config::Severity::kWarning);
      }
      bool is_signed = false;
      for (const Certificate& one : clients.certificates) {
        is_signed |= X509_CRL_verify(list.get(), X509_get0_pubkey(one.get())) == 1;
      }
      if (!is_signed) flaw(kClientCrl, path + " has a list that none of the authorities in client_ca has signed");
    }
    ERR_clear_error();
  }

  static constexpr char kFolder[] = "certificate_folder";
  static constexpr char kClientCa[] = "client_ca";
  static constexpr char kClientCrl[] = "client_crl";

  TlsMaterial material_;
  Digest digest_;
};

}  // namespace

TlsMaterial readTlsFiles(const TlsFiles& files) { return TlsFilesReader().read(files); }

}  // namespace kavro::registry
