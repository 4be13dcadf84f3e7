#include "kernel/server/tls_contexts.hpp"

#include <gtest/gtest.h>

#include <Poco/Net/SSLManager.h>

#include <filesystem>
#include <fstream>

#include "tests/services/certificate.hpp"
#include "tests/services/temporary_folder.hpp"

namespace kavro::server {
namespace {

TEST(TlsContextsTest, TheSameUntilSomethingChanges) {
  Poco::Net::initializeSSL();
  const testing::TemporaryFolder folder("tls");
  const auto certificate = folder.path() / "server.crt", key = folder.path() / "server.key";
  std::ofstream(certificate) << testing::certificateForTests().certificate;
  std::ofstream(key) << testing::certificateForTests().private_key;
  http::TlsOptions options{certificate, key, "1.2", "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"};
  TlsContexts contexts;
  const auto first = contexts.find(options);
  EXPECT_EQ(first.get(), contexts.find(options).get());
  std::ofstream(certificate, std::ios::app) << "\n";  // renewed, as far as bytes tell
  const auto second = contexts.find(options);
  EXPECT_NE(first.get(), second.get());
  options.minimum_version = "1.3";
  EXPECT_NE(second.get(), contexts.find(options).get());
  std::filesystem::remove(key);
  EXPECT_THROW(contexts.find(options), std::runtime_error);
}

}  // namespace
}  // namespace kavro::server
