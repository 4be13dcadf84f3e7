#include "kernel/http/tls_context.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

namespace kavro::http {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

class TlsContextTest : public ::testing::Test {
 protected:
  TlsContextTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kavro-tls-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    options.certificate = folder / "server.crt";
    options.private_key = folder / "server.key";
    options.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
  }
  ~TlsContextTest() override { std::filesystem::remove_all(folder); }

  static Key makeKey() { return Key(EVP_EC_gen("P-256"), &EVP_PKEY_free); }
  // Signed by itself; valid from `begin` to `end`, in seconds from now.
  void writeCertificate(EVP_PKEY* key, long begin, long end) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), begin);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), end);
    X509_set_pubkey(certificate.get(), key);
    X509_sign(certificate.get(), key, EVP_sha256());
    std::FILE* file = std::fopen(options.certificate.c_str(), "w");
    PEM_write_X509(file, certificate.get());
    std::fclose(file);
  }
  void writeKey(EVP_PKEY* key, const EVP_CIPHER* cipher = nullptr) {
    std::FILE* file = std::fopen(options.private_key.c_str(), "w");
    unsigned char password[] = "secret";
    PEM_write_PrivateKey(file, key, cipher, cipher ? password : nullptr, cipher ? 6 : 0, nullptr, nullptr);
    std::fclose(file);
  }
  std::string refusal() {
    try {
      makeTlsContext(options);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "accepted";
  }
  std::string warning() {
    const auto warnings = tlsWarnings(options, *makeTlsContext(options));
    return warnings.empty() ? "" : warnings.front();
  }

  static constexpr long kDay = 86'400;
  std::filesystem::path folder;
  TlsOptions options;
};

TEST_F(TlsContextTest, AGoodPairIsAcceptedWithoutWarning) {
  const Key key = makeKey();
  writeCertificate(key.get(), -kDay, 90 * kDay);
  writeKey(key.get());
  EXPECT_EQ("", warning());
}

TEST_F(TlsContextTest, WhatCannotServeIsRefusedWithPathAndCure) {
  const Key key = makeKey();
  EXPECT_EQ("[tls] certificate " + options.certificate + ": No such file or directory; write the path of a PEM file",
            refusal());
  writeCertificate(key.get(), -kDay, kDay);
  EXPECT_EQ("[tls] private_key " + options.private_key + ": No such file or directory; write the path of a PEM file",
            refusal());
  std::ofstream(options.private_key) << "no key\n";
  EXPECT_NE(std::string::npos, refusal().find(options.private_key + ": holds no private key in PEM")) << refusal();
  writeKey(key.get(), EVP_aes_256_cbc());
  EXPECT_NE(std::string::npos, refusal().find(options.private_key + ": is encrypted")) << refusal();
  writeKey(makeKey().get());
  EXPECT_NE(std::string::npos,
            refusal().find(options.private_key + " does not belong to certificate " + options.certificate))
      << refusal();
  std::ofstream(options.certificate) << "no certificate\n";
  EXPECT_NE(std::string::npos, refusal().find(options.certificate + ": holds no certificate in PEM")) << refusal();
}

TEST_F(TlsContextTest, WhatClientsRefuseIsWarnedOf) {
  const Key key = makeKey();
  writeKey(key.get());
  writeCertificate(key.get(), -2 * kDay, -kDay);
  EXPECT_NE(std::string::npos, warning().find("expired at ")) << warning();
  writeCertificate(key.get(), kDay, 2 * kDay);
  EXPECT_NE(std::string::npos, warning().find("is not valid before ")) << warning();
  writeCertificate(key.get(), -kDay, 3 * kDay + 60);
  EXPECT_NE(std::string::npos, warning().find(", in 3 days")) << warning();
}

}  // namespace
}  // namespace kavro::http
