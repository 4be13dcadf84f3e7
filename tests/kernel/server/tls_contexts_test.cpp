#include "kernel/server/tls_contexts.hpp"

#include <gtest/gtest.h>

#include <Poco/Net/SSLManager.h>

#include <filesystem>
#include <fstream>

#include "tests/services/certificate.hpp"
#include "tests/services/temporary_folder.hpp"

namespace kavro::server {
namespace {

class TlsContextsTest : public ::testing::Test {
 protected:
  TlsContextsTest() {
    Poco::Net::initializeSSL();
    write("server.crt", testing::certificateForTests().certificate);
    write("server.key", testing::certificateForTests().private_key);
    files = {path("server.crt"), path("server.key")};
    options.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
    options.ticket_lifetime = std::chrono::hours(1);
  }
  std::string path(const std::string& name) const { return folder.path() / name; }
  void write(const std::string& name, const std::string& content) const { std::ofstream(path(name)) << content; }
  std::string refusal() {
    try {
      contexts.find(files, options);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "accepted";
  }

  const testing::TemporaryFolder folder{"tls"};
  registry::TlsFiles files;
  http::TlsOptions options;
  TlsContexts contexts;
};

TEST_F(TlsContextsTest, TheSameUntilSomethingChanges) {
  const auto first = contexts.find(files, options).http;
  EXPECT_EQ(first.get(), contexts.find(files, options).http.get());
  EXPECT_EQ(first.get(), contexts.find(files, options).admin.get()) << "nobody has to show a certificate";
  std::ofstream(path("server.crt"), std::ios::app) << "\n";  // renewed, as far as bytes tell
  const auto second = contexts.find(files, options).http;
  EXPECT_NE(first.get(), second.get());
  options.minimum_version = "1.3";
  const auto third = contexts.find(files, options).http;
  EXPECT_NE(second.get(), third.get());
  options.ticket_lifetime = std::chrono::hours(2);
  EXPECT_NE(third.get(), contexts.find(files, options).http.get());
  std::filesystem::remove(path("server.key"));
  EXPECT_EQ("[tls] private_key: " + path("server.key") + ": there is no such file", refusal());
}

TEST_F(TlsContextsTest, AFurtherCertificateIsAChange) {
  std::filesystem::create_directory(path("more"));
  files.certificate_folder = path("more");
  const auto first = contexts.find(files, options).http;
  const auto other = testing::makeCertificate({.subject = "other", .names = {"DNS:other.example"}});
  write("more/other.crt", other.certificate);
  EXPECT_EQ("[tls] certificate_folder: " + path("more/other.crt") +
                ": there is no private key beside this certificate; put it there as other.key",
            refusal());
  write("more/other.key", other.private_key);
  const auto second = contexts.find(files, options).http;
  EXPECT_NE(first.get(), second.get());
  std::filesystem::remove_all(path("more"));
  std::filesystem::create_directory(path("more"));
  EXPECT_NE(second.get(), contexts.find(files, options).http.get());
}

TEST_F(TlsContextsTest, ClientsCertificatesAreOfTheAdminsContextOnly) {
  const auto authority = testing::makeCertificate(
      {.subject = "authority", .use = testing::CertificateWish::Use::kAuthority});
  write("ca.crt", authority.certificate);
  files.client_ca = path("ca.crt");
  const TlsContexts::Found first = contexts.find(files, options);
  EXPECT_NE(first.http.get(), first.admin.get());
  EXPECT_EQ(SSL_VERIFY_NONE, SSL_CTX_get_verify_mode(first.http->sslContext()));
  EXPECT_EQ(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, SSL_CTX_get_verify_mode(first.admin->sslContext()));

  write("ca.crl", testing::makeRevocationList(authority, {}));
  files.client_crl = path("ca.crl");
  const TlsContexts::Found second = contexts.find(files, options);
  EXPECT_EQ(first.http.get(), second.http.get()) << "a change for the admin is none for everybody";
  EXPECT_NE(first.admin.get(), second.admin.get());
  EXPECT_EQ(second.admin.get(), contexts.find(files, options).admin.get());

  write("ca.crt", "nothing");
  EXPECT_EQ("[admin] client_ca: " + path("ca.crt") + " has no certificate in PEM form (-----BEGIN CERTIFICATE-----)",
            refusal());
}

}  // namespace
}  // namespace kavro::server
