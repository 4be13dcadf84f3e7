#include "kernel/registry/tls_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "tests/kernel/registry/tls_pair.hpp"

namespace kavro::registry {
namespace {

using Texts = std::vector<std::string>;

std::string contentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class TlsFilesTest : public ::testing::Test {
 protected:
  // "certificate: ...", warnings with "warning: " in front; FOLDER stands for the folder.
  Texts flaws(const std::string& certificate, const std::string& key) {
    Texts texts;
    for (const TlsFlaw& flaw : flawsOfTlsFiles({certificate, key})) {
      std::string text = flaw.severity == config::Severity::kWarning ? "warning: " : "";
      text += flaw.key + ": " + flaw.why;
      const std::string folder = folder_.path().string() + "/";
      for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder)) text.erase(at, folder.size());
      texts.push_back(text);
    }
    return texts;
  }

  std::string write(const std::string& name, const std::string& content) {
    const std::string path = folder_.write(name, content);
    ::chmod(path.c_str(), 0600);
    return path;
  }

  void runOpenssl(const std::string& arguments) {
    const std::string command = "cd " + folder_.path().string() + " && openssl " + arguments + " 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }

  testing::TemporaryFolder folder_;
  testing::TlsPair pair_ = testing::makeTlsPair(folder_, "a");
};

TEST_F(TlsFilesTest, APairIsRight) {
  EXPECT_EQ(flaws(pair_.certificate, pair_.private_key), Texts{});
  const testing::TlsPair rsa = testing::makeTlsPair(folder_, "rsa", "-newkey rsa:2048 -days 30");
  EXPECT_EQ(flaws(rsa.certificate, rsa.private_key), Texts{});
  const std::string both = write("both.pem", contentOf(pair_.private_key) + contentOf(pair_.certificate));
  EXPECT_EQ(flaws(both, both), Texts{}) << "one file may hold both";
}

TEST_F(TlsFilesTest, AKeyOfAnotherPairIsRefused) {
  const testing::TlsPair other = testing::makeTlsPair(folder_, "b");
  EXPECT_EQ(
      flaws(pair_.certificate, other.private_key),
      Texts{"private_key: b.key does not belong to the certificate a.crt: they are of two pairs; name the key that "
            "the certificate was requested with"});
}

TEST_F(TlsFilesTest, SaysWhatIsInTheFileInstead) {
  EXPECT_EQ(
      flaws(pair_.private_key, pair_.certificate),
      (Texts{"certificate: a.key has no certificate in PEM form (-----BEGIN CERTIFICATE-----), but a private key: is "
             "it the one for private_key?",
             "warning: private_key: a.crt can be read by everybody; do: chmod 600 a.crt",
             "private_key: a.crt has no private key in PEM form (-----BEGIN PRIVATE KEY-----), but a certificate: is "
             "it the one for certificate?"}));
  runOpenssl("x509 -in a.crt -outform der -out a.der");
  runOpenssl("pkey -in a.key -outform der -out k.der");
  EXPECT_EQ(
      flaws((folder_.path() / "a.der").string(), (folder_.path() / "k.der").string()),
      (Texts{"certificate: a.der has no certificate in PEM form (-----BEGIN CERTIFICATE-----); it looks like DER, so "
             "do: openssl x509 -inform der -in a.der -out FILE",
             "private_key: k.der has no private key in PEM form (-----BEGIN PRIVATE KEY-----); it looks like DER, so "
             "do: openssl pkey -inform der -in k.der -out FILE"}));
  EXPECT_EQ(flaws(write("empty", ""), pair_.private_key),
            Texts{"certificate: empty: the file is empty; expected a certificate in PEM form"});
  EXPECT_EQ(flaws(folder_.path().string() + "/none", pair_.private_key),
            Texts{"certificate: none: there is no such file"});
}

TEST_F(TlsFilesTest, SaysThatAFileIsDamaged) {
  const std::string certificate = contentOf(pair_.certificate), key = contentOf(pair_.private_key);
  EXPECT_EQ(flaws(write("c", certificate.substr(0, certificate.size() / 2)), write("k", key.substr(0, key.size() / 2))),
            (Texts{"certificate: c has a certificate that is damaged or cut off; copy it again, whole",
                   "private_key: k has a private key that is damaged or cut off; copy it again, whole"}));
  EXPECT_EQ(flaws(write("chain", certificate + certificate.substr(0, certificate.size() / 2)), pair_.private_key),
            Texts{"certificate: chain: a certificate behind the first one is damaged; copy the issuers' again, whole"});
}

TEST_F(TlsFilesTest, AnEncryptedKeyIsRefusedWithoutAsking) {
  runOpenssl("pkey -in a.key -aes256 -passout pass:hunter2 -out locked.key");
  const Texts found = flaws(pair_.certificate, (folder_.path() / "locked.key").string());
  EXPECT_EQ(found, Texts{"private_key: locked.key is encrypted with a password, and nobody is there to type it; do: "
                         "openssl pkey -in locked.key -out FILE, and keep FILE to the server's user (chmod 600)"});
}

TEST_F(TlsFilesTest, ACertificateThatIsNotValidNowIsAWarning) {
  // openssl req has no days in the past; a request that is signed does.
  runOpenssl("req -new -key a.key -subj /CN=localhost -out a.csr");
  runOpenssl("x509 -req -in a.csr -signkey a.key -days -1 -out old.crt");
  const Texts found = flaws((folder_.path() / "old.crt").string(), pair_.private_key);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].starts_with("warning: certificate: old.crt expired on ")) << found[0];
  EXPECT_TRUE(found[0].ends_with(" GMT, and clients will refuse it; renew it")) << found[0];
}

TEST_F(TlsFilesTest, AWeakKeyIsRefused) {
  const testing::TlsPair weak = testing::makeTlsPair(folder_, "weak", "-newkey rsa:1024 -days 30");
  EXPECT_EQ(flaws(weak.certificate, weak.private_key),
            Texts{"certificate: weak.crt is of a key with 1024 bits, which is too weak for TLS; make one with at least "
                  "2048 for RSA, or on the curve P-256"});
}

TEST_F(TlsFilesTest, CiphersMustBeKnown) {
  EXPECT_EQ(whyNoCiphers("ECDHE-RSA-AES128-GCM-SHA256"), "");
  EXPECT_EQ(
      whyNoCiphers("NONSENSE"),
      "\"NONSENSE\": OpenSSL knows none of these; expected names such as ECDHE-ECDSA-AES128-GCM-SHA256 with : between "
      "them (openssl ciphers -v lists all)");
}

}  // namespace
}  // namespace kavro::registry
