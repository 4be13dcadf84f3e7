#include "kernel/registry/tls_files.hpp"

#include "kernel/registry/tls_ciphers.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/kernel/registry/tls_pair.hpp"
#include "tests/services/certificate.hpp"

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
    return flaws(TlsFiles{certificate, key});
  }
  Texts flaws(const TlsFiles& files) {
    Texts texts;
    for (const TlsFlaw& flaw : readTlsFiles(files).flaws) {
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

TEST_F(TlsFilesTest, ACertificateThatExpiresSoonIsAWarning) {
  const testing::TlsPair soon = testing::makeTlsPair(
      folder_, "soon", "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 3");
  const Texts found = flaws(soon.certificate, soon.private_key);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].starts_with("warning: certificate: soon.crt expires on ")) << found[0];
  EXPECT_NE(std::string::npos, found[0].find("; renew it, then: kavro reload")) << found[0];
}

TEST_F(TlsFilesTest, AFolderHasPairs) {
  const std::string folder = (folder_.path() / "more").string();
  std::filesystem::create_directory(folder);
  const auto put = [&](const std::string& name, const std::string& names, const std::string& key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256") {
    testing::makeTlsPair(folder_, "more/" + name, key + " -days 30" + (names.empty() ? "" : " -addext subjectAltName=" + names));
  };
  const auto found = [&] { return flaws(TlsFiles{pair_.certificate, pair_.private_key, folder}); };
  const auto remove = [&](const std::string& name) { std::filesystem::remove(folder_.path() / "more" / name); };
  EXPECT_EQ(found(), Texts{});
  put("x", "DNS:x.example,DNS:*.x.example,IP:127.0.0.1");
  put("y", "DNS:y.example");
  put("x-rsa", "DNS:x.example", "-newkey rsa:2048");
  write("more/README", "no certificate");
  write("more/.hidden.crt", "neither");
  const TlsMaterial material = readTlsFiles(TlsFiles{pair_.certificate, pair_.private_key, folder});
  EXPECT_EQ(found(), Texts{}) << "of two kinds of keys";
  EXPECT_EQ(4u, material.identity.pairs.size());

  write("more/both.pem", contentOf(folder + "/y.key") + contentOf(folder + "/y.crt"));
  EXPECT_EQ(found(), Texts{"certificate_folder: more/both.pem and more/y.crt are both for \"y.example\" with a key of the kind "
                           "EC, and only one can be served; take one away, or make one with a key of another kind"});
  remove("y.crt");
  EXPECT_EQ(found(), Texts{"certificate_folder: more/y.key: there is no certificate beside this key; put it there as y.crt, "
                           "or take the key away"});
  remove("y.key");
  EXPECT_EQ(found(), Texts{}) << "one file with both";
  remove("x.key");
  EXPECT_EQ(found(), Texts{"certificate_folder: more/x.crt: there is no private key beside this certificate; put it there "
                           "as x.key"});
  remove("x.crt");
  put("nameless", "");
  EXPECT_EQ(found(), Texts{"certificate_folder: more/nameless.crt has no DNS name in its subjectAltName, so no client would "
                           "get it; request it again with -addext subjectAltName=DNS:NAME"});
  remove("nameless.crt");
  remove("nameless.key");
  std::filesystem::copy(pair_.certificate, folder_.path() / "more/again.crt");
  std::filesystem::copy(pair_.private_key, folder_.path() / "more/again.key");
  EXPECT_EQ(found(), Texts{}) << "the default once more";
  write("more/again.pem", "x");
  EXPECT_EQ(found(), Texts{"certificate_folder: more/again.crt and more/again.pem: which of them should be served? Take one "
                           "away"});
  EXPECT_EQ(flaws(TlsFiles{pair_.certificate, pair_.private_key, folder + "/none"}),
            Texts{"certificate_folder: more/none: No such file or directory; expected a folder that the server can read"});
}

TEST_F(TlsFilesTest, TheAuthoritiesOfClients) {
  using testing::makeCertificate;
  const auto authority =
      makeCertificate({.subject = "authority", .use = testing::CertificateWish::Use::kAuthority});
  const auto other = makeCertificate({.subject = "authority", .use = testing::CertificateWish::Use::kAuthority});
  const auto found = [&](const std::string& ca, const std::string& crl = {}) {
    TlsFiles files{pair_.certificate, pair_.private_key};
    files.client_ca = write("ca.crt", ca);
    if (!crl.empty()) files.client_crl = write("ca.crl", crl);
    return flaws(files);
  };
  EXPECT_EQ(found(authority.certificate), Texts{});
  EXPECT_EQ(found(authority.certificate, testing::makeRevocationList(authority, {})), Texts{});
  EXPECT_EQ(found("nothing"), Texts{"client_ca: ca.crt has no certificate in PEM form (-----BEGIN CERTIFICATE-----)"});
  EXPECT_EQ(found(contentOf(pair_.certificate)), Texts{}) << "req -x509 makes an authority";
  EXPECT_EQ(found(testing::certificateForTests().certificate),
            Texts{"client_ca: ca.crt has a certificate that is no authority's, so no client's can be signed by it; make one "
                  "with -addext basicConstraints=critical,CA:TRUE"});
  EXPECT_EQ(found(authority.certificate, "nothing"),
            Texts{"client_crl: ca.crl has no list of revoked certificates in PEM form (-----BEGIN X509 CRL-----)"});
  EXPECT_EQ(found(authority.certificate, testing::makeRevocationList(other, {})),
            Texts{"client_crl: ca.crl has a list that none of the authorities in client_ca has signed"});
  const Texts old = found(authority.certificate, testing::makeRevocationList(authority, {}, -30));
  ASSERT_EQ(1u, old.size());
  EXPECT_TRUE(old[0].starts_with("warning: client_crl: ca.crl should have been replaced on ")) << old[0];
}

TEST(TlsCiphers, MustBeKnownAndGood) {
  EXPECT_EQ(whyNoCiphers("ECDHE-RSA-AES128-GCM-SHA256"), "");
  EXPECT_EQ(whyNoCiphers("ECDHE+AESGCM:ECDHE+CHACHA20"), "");
  EXPECT_EQ(whyNoCiphers("ECDHE+AESGCM:!aNULL:-ECDHE+AES256:@STRENGTH"), "");
  EXPECT_EQ(
      whyNoCiphers("NONSENSE"),
      "\"NONSENSE\": OpenSSL knows none of these; expected names such as ECDHE-ECDSA-AES128-GCM-SHA256 with : between "
      "them (openssl ciphers -v lists all)");
  EXPECT_EQ(whyNoCiphers("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GMC-SHA256"),
            "\"ECDHE-RSA-AES128-GMC-SHA256\": OpenSSL knows no such cipher (openssl ciphers -v lists all)");
  EXPECT_EQ(whyNoCiphers("ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA"),
            "\"ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA\": has AES256-SHA (no ECDHE and no authenticated encryption); only "
            "ECDHE with AES-GCM, CCM or ChaCha20-Poly1305 may be: leave the setting away for all of the good ones");
  for (const char* bad : {"DHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA256", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-CCM8",
                          "AECDH-AES128-SHA", "PSK-AES128-GCM-SHA256", "HIGH", "DEFAULT", "ALL"}) {
    EXPECT_NE(whyNoCiphers(bad), "") << bad;
  }
}

}  // namespace
}  // namespace kavro::registry
