// What is spoken, which certificate is shown, who is let in; each shown by a handshake.
#include "kernel/http/tls_context.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <Poco/Net/SSLManager.h>

#include "tests/kernel/http/tls_handshake.hpp"

namespace kavro::http {
namespace {

using testing::Certificate;
using testing::CertificateWish;
using testing::makeCertificate;
using Use = CertificateWish::Use;
constexpr int k12 = TLS1_2_VERSION, k13 = TLS1_3_VERSION;

class TlsContextTest : public ::testing::Test {
 protected:
  TlsContextTest() {
    Poco::Net::initializeSSL();
    options.ciphers =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
        "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
    options.ticket_lifetime = std::chrono::hours(1);
  }
  Poco::Net::Context::Ptr make(const std::vector<Certificate>& certificates, const ClientAuthorities* clients = nullptr) {
    TlsIdentity identity;
    for (const Certificate& one : certificates) identity.pairs.push_back(pairOf(one));
    return makeTlsContext(identity, options, tickets, clients);
  }
  static Certificate of(const std::string& subject, std::vector<std::string> names, const std::string& key = "P-256") {
    for (std::string& name : names) name.insert(0, "DNS:");
    return makeCertificate({.subject = subject, .names = std::move(names), .key = key});
  }

  TlsOptions options;
  TicketKeys::Clock::time_point now{};
  std::shared_ptr<TicketKeys> tickets = std::make_shared<TicketKeys>(std::chrono::hours(1), [this] { return now; });
};

TEST_F(TlsContextTest, ACertificateSpeaksForItsNamesAndAddresses) {
  const CertificatePair pair = pairOf(makeCertificate(
      {.subject = "common.example", .names = {"DNS:example.org", "DNS:*.a.example", "IP:192.0.2.1", "IP:2001:db8::1"}}));
  for (const char* const good : {"example.org", "example.org:8443", "EXAMPLE.org", "example.org.", "example.org.:1",
                                 "x.a.example", "192.0.2.1", "192.0.2.1:443", "[2001:db8::1]", "[2001:DB8:0::1]:443"}) {
    EXPECT_TRUE(speaksFor(pair.certificate.get(), good)) << good;
  }
  for (const char* const bad : {"", ".", ":443", "example.com", "www.example.org", "org", ".example.org", ".a.example", "a.example",
                                "x.y.a.example", "common.example", "192.0.2.2", "[2001:db8::2]", "[]", "[v1.x]",
                                "[example.org]"}) {
    EXPECT_FALSE(speaksFor(pair.certificate.get(), bad)) << bad;
  }
  EXPECT_FALSE(speaksFor(nullptr, "example.org"));
}

TEST_F(TlsContextTest, SpeaksTheTwoCurrentVersions) {
  const auto context = make({testing::certificateForTests()});
  for (const auto& [version, name] : {std::pair(k12, "TLSv1.2"), std::pair(k13, "TLSv1.3")}) {
    const TlsHandshake handshake(context, {.minimum = version, .maximum = version});
    EXPECT_EQ("", handshake.failure);
    EXPECT_EQ(name, handshake.version);
  }
  for (const int old : {TLS1_VERSION, TLS1_1_VERSION}) {
    EXPECT_EQ("tlsv1 alert protocol version", TlsHandshake(context, {.minimum = old, .maximum = old}).failure);
  }
  options.minimum_version = "1.3";
  EXPECT_EQ("tlsv1 alert protocol version",
            TlsHandshake(make({testing::certificateForTests()}), {.minimum = k12, .maximum = k12}).failure);
}

// Every cipher of TLS 1.2 that this OpenSSL has, one after the other, to a server with a certificate of each kind.
TEST_F(TlsContextTest, SpeaksNoCipherButThoseWithForwardSecrecyAndAuthenticatedEncryption) {
  const auto context = make({of("both", {"both"}), of("both", {"both"}, "RSA")});
  const std::unique_ptr<SSL_CTX, Freeing<SSL_CTX_free>> all(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_security_level(all.get(), 0);
  ASSERT_EQ(1, SSL_CTX_set_cipher_list(all.get(), "ALL:COMPLEMENTOFALL"));
  int spoken = 0, refused = 0;
  const STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(all.get());
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    const std::string name = SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i));
    if (name.starts_with("TLS_")) continue;  // of TLS 1.3
    const TlsHandshake handshake(context, {.minimum = k12, .maximum = k12, .ciphers = name});
    if ((":" + options.ciphers + ":").find(":" + name + ":") != std::string::npos) {
      EXPECT_EQ("", handshake.failure) << name;
      EXPECT_EQ(name, handshake.cipher);
      ++spoken;
    } else {
      EXPECT_NE("", handshake.failure) << name;
      ++refused;
    }
  }
  EXPECT_EQ(6, spoken);
  EXPECT_GT(refused, 50);
  for (const char* name : {"AES128-SHA", "ECDHE-RSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "DHE-RSA-AES128-GCM-SHA256"}) {
    EXPECT_EQ("sslv3 alert handshake failure", TlsHandshake(context, {.maximum = k12, .ciphers = name}).failure) << name;
  }
}

TEST_F(TlsContextTest, ChoosesCipherAndGroupItself) {
  const auto context = make({testing::certificateForTests()});
  EXPECT_EQ("ECDHE-ECDSA-AES128-GCM-SHA256",
            TlsHandshake(context, {.maximum = k12, .ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256"})
                .cipher);
  EXPECT_EQ("x25519", TlsHandshake(context, {.maximum = k12, .groups = "P-384:P-256:X25519"}).group);
  EXPECT_EQ("secp256r1", TlsHandshake(context, {.maximum = k12, .groups = "P-384:P-256"}).group);
  EXPECT_EQ("secp384r1", TlsHandshake(context, {.minimum = k13, .groups = "P-384"}).group);
  EXPECT_EQ("sslv3 alert handshake failure",
            TlsHandshake(context, {.maximum = k12, .signatures = "ECDSA+SHA1:RSA+SHA1"}).failure);
  for (const int version : {k12, k13}) {
    EXPECT_EQ("sslv3 alert handshake failure",
              TlsHandshake(context, {.minimum = version, .maximum = version, .groups = "P-521:X448"}).failure);
  }
}

TEST_F(TlsContextTest, HasNeitherCompressionNorRenegotiationNorHeartbeat) {
  const auto context = make({testing::certificateForTests()});
  TlsHandshake handshake(context, {.minimum = k12, .maximum = k12});
  ASSERT_EQ("", handshake.failure);
  EXPECT_EQ(nullptr, SSL_get_current_compression(handshake.client));
  EXPECT_EQ(1, SSL_get_secure_renegotiation_support(handshake.client));
  // The server says no and the connection goes on.
  ASSERT_EQ(1, SSL_renegotiate(handshake.client));
  EXPECT_NE(1, SSL_do_handshake(handshake.client));
  char nothing = 0;
  SSL_read(handshake.server, &nothing, 1);
  EXPECT_EQ(0, SSL_num_renegotiations(handshake.server));
  EXPECT_EQ(0, SSL_get_options(handshake.server) & SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION);
}

TEST_F(TlsContextTest, SpeaksHttpOrNothing) {
  const auto context = make({testing::certificateForTests()});
  EXPECT_EQ("", TlsHandshake(context).protocol);
  EXPECT_EQ("http/1.1", TlsHandshake(context, {.protocols = {"http/1.0", "h2", "http/1.1"}}).protocol);
  EXPECT_EQ("http/1.0", TlsHandshake(context, {.protocols = {"h2", "http/1.0"}}).protocol);
  for (const char* other : {"h2", "ftp", "smtp", "http/1.10", "HTTP/1.1", "http/1.1\n", "http/1."}) {
    for (const int version : {k12, k13}) {
      EXPECT_EQ("tlsv1 alert no application protocol",
                TlsHandshake(context, {.minimum = version, .maximum = version, .protocols = {other}}).failure)
          << other;
    }
  }
}

TEST_F(TlsContextTest, ShowsTheCertificateOfTheName) {
  const auto context = make({of("first", {"first.example"}), of("second", {"second.example", "*.second.example"}),
                             of("exact", {"a.second.example"}), of("none", {})});
  for (const int version : {k12, k13}) {
    const auto shown = [&](const std::string& name) {
      const TlsHandshake handshake(context, {.name = name, .minimum = version, .maximum = version});
      return handshake.failure + handshake.subject;
    };
    EXPECT_EQ("first", shown(""));
    EXPECT_EQ("first", shown("first.example"));
    EXPECT_EQ("second", shown("second.example"));
    EXPECT_EQ("second", shown("SECOND.example"));
    EXPECT_EQ("second", shown("b.second.example"));
    EXPECT_EQ("exact", shown("a.second.example"));
    EXPECT_EQ("first", shown("b.a.second.example"));
    EXPECT_EQ("first", shown("unknown.example"));
    EXPECT_EQ("first", shown("127.0.0.1"));
    EXPECT_EQ("first", shown("none"));
    EXPECT_EQ("first", shown(std::string(255, 'a')));
    EXPECT_EQ("first", shown("\xff\x01\r\n"));
  }
}

TEST_F(TlsContextTest, ShowsOfTwoKindsOfKeysTheOneThatTheClientCan) {
  const auto context = make({of("ec", {"both.example"}), of("rsa", {"both.example", "only-rsa.example"}, "RSA"),
                             of("other", {"other.example"})});
  const auto shown = [&](const std::string& name, const std::string& ciphers) {
    const TlsHandshake handshake(context, {.name = name, .maximum = k12, .ciphers = ciphers});
    return handshake.failure + handshake.subject;
  };
  for (const char* name : {"both.example", "", "unknown.example"}) {
    EXPECT_EQ("ec", shown(name, "aECDSA")) << name;
    EXPECT_EQ("rsa", shown(name, "aRSA")) << name;
  }
  EXPECT_EQ("rsa", shown("only-rsa.example", "ALL"));
  EXPECT_EQ("sslv3 alert handshake failure", shown("only-rsa.example", "aECDSA"));
  EXPECT_EQ("sslv3 alert handshake failure", shown("other.example", "aRSA"));
  EXPECT_EQ("rsa", TlsHandshake(context, {.minimum = k13, .signatures = "rsa_pss_rsae_sha256"}).subject);
}

// --- sessions

class TlsSessionTest : public TlsContextTest, public ::testing::WithParamInterface<int> {
 protected:
  TlsClientOptions client(const std::string& name = {}, Session session = {}) {
    return {.name = name, .minimum = GetParam(), .maximum = GetParam(), .session = std::move(session)};
  }
  Session sessionOf(const Poco::Net::Context::Ptr& context, const std::string& name = {}) {
    const TlsHandshake first(context, client(name));
    EXPECT_EQ("", first.failure);
    EXPECT_FALSE(first.resumed);
    EXPECT_TRUE(first.session);
    return first.session;
  }
  bool resumes(const Poco::Net::Context::Ptr& context, const Session& session, const std::string& name = {}) {
    const TlsHandshake next(context, client(name, session));
    EXPECT_EQ("", next.failure);
    EXPECT_NE("", next.subject);
    return next.resumed;
  }
};
INSTANTIATE_TEST_SUITE_P(Versions, TlsSessionTest, ::testing::Values(k12, k13));

TEST_P(TlsSessionTest, IsResumedAlsoByTheContextThatComesNext) {
  const Certificate old = of("a", {"a.example"}), renewed = of("a", {"a.example"});
  const auto context = make({old});
  const Session session = sessionOf(context);
  EXPECT_TRUE(resumes(context, session));
  EXPECT_TRUE(resumes(make({renewed}), session)) << "a certificate was renewed";
}

TEST_P(TlsSessionTest, IsResumedWithTheKeyBeforeAndNotWithTheOneBeforeThat) {
  const auto context = make({testing::certificateForTests()});
  const Session session = sessionOf(context);
  now += std::chrono::minutes(59);
  EXPECT_TRUE(resumes(context, session)) << "the same key";
  now += std::chrono::minutes(2);
  EXPECT_TRUE(resumes(context, session)) << "the key before";
  now += std::chrono::minutes(58);
  EXPECT_TRUE(resumes(context, session)) << "the key before, in its last minute";
  now += std::chrono::minutes(2);
  EXPECT_FALSE(resumes(context, session)) << "wiped";
  const Session next = sessionOf(context);
  now += std::chrono::hours(3);
  EXPECT_FALSE(resumes(context, next)) << "two keys are over at once";
}

TEST_P(TlsSessionTest, GetsANewTicketFromTheNewKey) {
  const auto context = make({testing::certificateForTests()});
  Session session = sessionOf(context);
  for (int i = 0; i < 5; ++i) {
    now += std::chrono::minutes(70);
    const TlsHandshake next(context, client({}, session));
    EXPECT_TRUE(next.resumed) << i;
    ASSERT_TRUE(next.session) << i;
    session = next.session;
  }
}

TEST_P(TlsSessionTest, OfAnotherProcessBeginsAnew) {
  const Session session = sessionOf(make({testing::certificateForTests()}));
  tickets = std::make_shared<TicketKeys>(std::chrono::hours(1), [this] { return now; });
  EXPECT_FALSE(resumes(make({testing::certificateForTests()}), session));
}

TEST_P(TlsSessionTest, IsOfNoUseAtAnotherName) {
  const auto context = make({of("a", {"a.example"}), of("b", {"b.example"}), of("c", {"*.c.example"})});
  const Session of_a = sessionOf(context, "a.example"), of_b = sessionOf(context, "b.example");
  EXPECT_TRUE(resumes(context, of_a, "a.example"));
  EXPECT_TRUE(resumes(context, of_b, "b.example"));
  EXPECT_FALSE(resumes(context, of_a, "b.example"));
  EXPECT_FALSE(resumes(context, of_b, "a.example"));
  EXPECT_FALSE(resumes(context, of_b, "unknown.example"));
  EXPECT_TRUE(resumes(context, of_a, "A.example")) << "case does not count";
  // Names of one certificate, and names of none.
  const Session of_unknown = sessionOf(context, "unknown.example");
  EXPECT_TRUE(resumes(context, of_unknown, "unknown.example"));
  EXPECT_FALSE(resumes(context, of_unknown, "other.example"));
  EXPECT_FALSE(resumes(context, of_unknown));
}

TEST_P(TlsSessionTest, IsNotResumedWithoutTickets) {
  options.ticket_lifetime = {};
  const TlsHandshake handshake(make({testing::certificateForTests()}), client());
  EXPECT_EQ("", handshake.failure);
  EXPECT_TRUE(!handshake.session || !SSL_SESSION_is_resumable(handshake.session.get()) ||
              !SSL_SESSION_has_ticket(handshake.session.get()));
}

TEST_P(TlsSessionTest, IsNoWayAroundAClientsCertificate) {
  const Certificate authority = makeCertificate({.subject = "authority", .use = Use::kAuthority});
  const Certificate admin = makeCertificate({.subject = "admin", .use = Use::kClient}, &authority);
  const ClientAuthorities clients = authoritiesOf(authority);
  const auto open = make({testing::certificateForTests()}), closed = make({testing::certificateForTests()}, &clients);
  const Session session = sessionOf(open);
  const TlsHandshake without(closed, client({}, session));
  EXPECT_NE("", without.failure);
  EXPECT_FALSE(SSL_is_init_finished(without.server) && SSL_session_reused(without.server));

  TlsClientOptions with = client();
  with.certificate = &admin;
  const TlsHandshake good(closed, with);
  EXPECT_EQ("", good.failure);
  const Session of_admin = good.session;
  if (of_admin) {
    EXPECT_NE("", TlsHandshake(closed, client({}, of_admin)).failure) << "a session of the admin's, without a certificate";
  }
}

TEST_F(TlsContextTest, EarlyDataIsNotRead) {
  const auto context = make({testing::certificateForTests()});
  const TlsHandshake first(context, {.minimum = k13});
  ASSERT_TRUE(first.session);
  EXPECT_EQ(0u, SSL_SESSION_get_max_early_data(first.session.get()));
  // A client that sends some all the same: it is dropped, and what comes after it counts.
  SSL_SESSION_set_max_early_data(first.session.get(), 16384);
  TlsHandshake second(context, {.minimum = k13, .session = first.session, .early_data = true});
  EXPECT_EQ("", second.failure);
  EXPECT_EQ(SSL_EARLY_DATA_REJECTED, SSL_get_early_data_status(second.client));
  EXPECT_EQ("late", second.sendAndReceive("late"));
}

// --- clients' certificates

class TlsClientsTest : public TlsSessionTest {
 protected:
  std::string shakeWith(const Poco::Net::Context::Ptr& context, const Certificate* certificate) {
    TlsClientOptions with = client();
    with.certificate = certificate;
    TlsHandshake handshake(context, with);
    if (!handshake.failure.empty()) return handshake.failure;
    return handshake.sendAndReceive("hello") == "hello" ? "" : "not served";
  }

  const Certificate authority = makeCertificate({.subject = "authority", .use = Use::kAuthority});
  const Certificate admin = makeCertificate({.subject = "admin", .use = Use::kClient}, &authority);
};
INSTANTIATE_TEST_SUITE_P(Versions, TlsClientsTest, ::testing::Values(k12, k13));

TEST_P(TlsClientsTest, AreLetInWithACertificateOfTheAuthorityOnly) {
  const ClientAuthorities clients = authoritiesOf(authority);
  const auto context = make({testing::certificateForTests()}, &clients);
  EXPECT_EQ("", shakeWith(context, &admin));
  EXPECT_NE("", shakeWith(context, nullptr));
  const Certificate other = makeCertificate({.subject = "authority", .use = Use::kAuthority});
  const std::pair<const char*, Certificate> wrong[] = {
      {"of an authority of the same name", makeCertificate({.subject = "admin", .use = Use::kClient}, &other)},
      {"signed by itself", makeCertificate({.subject = "admin", .use = Use::kClient})},
      {"for servers", makeCertificate({.subject = "admin"}, &authority)},
      {"expired", makeCertificate({.subject = "admin", .use = Use::kClient, .begin_s = -200, .end_s = -100}, &authority)},
      {"not valid yet", makeCertificate({.subject = "admin", .use = Use::kClient, .begin_s = 1000}, &authority)},
      {"signed by a certificate that is no authority", makeCertificate({.subject = "x", .use = Use::kClient}, &admin)},
  };
  for (const auto& [what, certificate] : wrong) EXPECT_NE("", shakeWith(context, &certificate)) << what;
  EXPECT_EQ("", shakeWith(context, &admin)) << "nothing is left behind of those that failed";
}

TEST_P(TlsClientsTest, AreRefusedWhenTheirCertificateIsRevoked) {
  const Certificate revoked = makeCertificate({.subject = "revoked", .use = Use::kClient}, &authority);
  const ClientAuthorities clients = authoritiesOf(authority, testing::makeRevocationList(authority, {revoked}));
  const auto context = make({testing::certificateForTests()}, &clients);
  EXPECT_EQ("", shakeWith(context, &admin));
  EXPECT_NE("", shakeWith(context, &revoked));
  const ClientAuthorities old = authoritiesOf(authority, testing::makeRevocationList(authority, {}, -30));
  EXPECT_NE("", shakeWith(make({testing::certificateForTests()}, &old), &admin)) << "a list that is too old";
}

TEST_F(TlsContextTest, LeavesNoErrorBehind) {
  const auto context = make({testing::certificateForTests()});
  EXPECT_EQ(0u, ERR_peek_error());
  options.ciphers = "ROT13";
  try {
    make({testing::certificateForTests()});
    ADD_FAILURE() << "accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ("[tls] ciphers \"ROT13\": no cipher match", std::string(error.what()));
  }
  EXPECT_EQ(0u, ERR_peek_error());
}

}  // namespace
}  // namespace kavro::http
