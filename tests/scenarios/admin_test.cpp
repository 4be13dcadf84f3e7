// [admin]: addresses for those who look after the server, and who may come in there.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <charconv>
#include <set>

#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

using Use = CertificateWish::Use;
const std::string kMetrics = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string kHealth = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr auto kPrivate = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;

class AdminTest : public ::testing::Test {
 protected:
  static Options withMetrics() {
    Options options;
    options.plugins = {"metrics"};
    options.settings["admin.listen"] = "https://127.0.0.1:0";
    return options;
  }
  // Files of the authority, named in the configuration from the next reload on.
  void askForCertificates(Server& server, const Certificate& authority) {
    const auto file = server.installation().folder() / "clients.crt";
    writeFile(file, authority.certificate, kPrivate);
    server.installation().options().settings["admin.client_ca"] = file;
    server.installation().writeConfiguration();
  }
  static void reload(Server& server) {
    const ProgramResult result = server.installation().run({"reload"});
    ASSERT_EQ(0, result.status) << result.errors;
  }
  // Where it listens for [admin] now: the last line that says so.
  static Endpoint adminOf(Server& server) {
    static const std::string kMark = "listening on https://127.0.0.1:";
    Endpoint endpoint = server.endpoint();
    const std::string log = server.log();
    for (std::size_t at = log.find(kMark); at != std::string::npos; at = log.find(kMark, at + 1)) {
      const std::size_t end = log.find('\n', at);
      if (log.substr(at, end - at).find(" for [admin]") == std::string::npos) continue;
      std::from_chars(log.data() + at + kMark.size(), log.data() + end, endpoint.port);
    }
    return endpoint;
  }
  static int statusOf(RawConnection& connection, const std::string& request) {
    connection.send(request);
    const auto reply = connection.readReply();
    return reply ? reply->status : 0;
  }
  // 0: refused. In TLS 1.3 a client learns that only when it reads.
  static int statusWith(const Endpoint& endpoint, const Certificate* certificate, int version = 0) {
    try {
      RawConnection connection(endpoint, {.minimum = version, .maximum = version, .certificate = certificate});
      return statusOf(connection, kMetrics);
    } catch (const std::runtime_error&) {
      return 0;
    }
  }

  const Certificate authority_ = makeCertificate({.subject = "authority", .use = Use::kAuthority});
  const Certificate admin_ = makeCertificate({.subject = "admin", .use = Use::kClient}, &authority_);
};

TEST_F(AdminTest, HasWhatOthersDoNotSee) {
  Server server(withMetrics());
  RawConnection everybody(server), admin(adminOf(server));
  EXPECT_EQ(200, statusOf(everybody, kHealth));
  EXPECT_EQ(200, statusOf(admin, kHealth)) << "everything else is there too";
  EXPECT_EQ(200, statusOf(admin, kMetrics));
  const auto bodyOf = [&](const std::string& method, const std::string& path) {
    everybody.send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    const auto reply = everybody.readReply();
    std::set<std::string> names;
    for (const auto& [name, value] : reply->headers) names.insert(name);
    std::string text = std::to_string(reply->status) + reply->body.substr(0, reply->body.find(",\"request_id\""));
    for (const std::string& name : names) text += " " + name;
    return text;
  };
  for (const std::string method : {"GET", "POST", "OPTIONS"}) {
    EXPECT_EQ(bodyOf(method, "/nothing"), bodyOf(method, "/metrics")) << method;
    EXPECT_EQ(bodyOf(method, "/api/v1/nothing"), bodyOf(method, "/api/v1/metrics")) << method;
  }
  const ProgramResult status = server.installation().run({"status", "--json"});
  EXPECT_NE(std::string::npos, status.output.find("\"admin\":[\"https://127.0.0.1:" +
                                                  std::to_string(adminOf(server).port) + "\"]"))
      << status.output << status.errors;
  const ProgramResult routes = server.installation().run({"routes"});
  EXPECT_NE(std::string::npos, routes.output.find("metrics         at [admin] only")) << routes.output;
}

TEST_F(AdminTest, AsksForACertificateOfTheAuthority) {
  Server server(withMetrics());
  askForCertificates(server, authority_);
  reload(server);
  const Endpoint endpoint = adminOf(server);
  const Certificate stranger = makeCertificate({.subject = "admin", .use = Use::kClient});
  const Certificate for_servers = makeCertificate({.subject = "admin"}, &authority_);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    EXPECT_EQ(200, statusWith(endpoint, &admin_, version));
    EXPECT_EQ(0, statusWith(endpoint, nullptr, version));
    EXPECT_EQ(0, statusWith(endpoint, &stranger, version));
    EXPECT_EQ(0, statusWith(endpoint, &for_servers, version));
  }
  EXPECT_EQ(404, statusWith(server.endpoint(), &admin_)) << "a certificate opens nothing elsewhere";
}

// Whom the server believed it may not believe now; everybody else's connections stay.
TEST_F(AdminTest, AChangedAuthorityEndsItsConnections) {
  Server server(withMetrics());
  askForCertificates(server, authority_);
  reload(server);
  const Endpoint endpoint = adminOf(server);
  RawConnection everybody(server), before(endpoint, {.certificate = &admin_});
  EXPECT_EQ(200, statusOf(before, kMetrics));
  EXPECT_EQ(200, statusOf(everybody, kHealth));
  const Certificate other = makeCertificate({.subject = "other", .use = Use::kAuthority});
  askForCertificates(server, other);
  reload(server);
  EXPECT_EQ(endpoint.port, adminOf(server).port);
  EXPECT_TRUE(before.isClosed());
  EXPECT_EQ(200, statusOf(everybody, kHealth));
  EXPECT_EQ(0, statusWith(endpoint, &admin_));
  const Certificate new_admin = makeCertificate({.subject = "admin", .use = Use::kClient}, &other);
  EXPECT_EQ(200, statusWith(endpoint, &new_admin));
}

TEST_F(AdminTest, ARevokedCertificateIsRefusedFromTheReloadOn) {
  Server server(withMetrics());
  askForCertificates(server, authority_);
  reload(server);
  const Endpoint endpoint = adminOf(server);
  EXPECT_EQ(200, statusWith(endpoint, &admin_));
  const auto list = server.installation().folder() / "clients.crl";
  writeFile(list, makeRevocationList(authority_, {admin_}), kPrivate);
  server.installation().options().settings["admin.client_crl"] = list;
  server.installation().writeConfiguration();
  reload(server);
  EXPECT_EQ(0, statusWith(endpoint, &admin_));
  const Certificate another = makeCertificate({.subject = "another", .use = Use::kClient}, &authority_);
  EXPECT_EQ(200, statusWith(endpoint, &another));
  // A list that cannot be read changes nothing.
  writeFile(list, "nothing", kPrivate);
  const ProgramResult refused = server.installation().run({"reload"});
  EXPECT_NE(0, refused.status);
  EXPECT_NE(std::string::npos, refused.errors.find("[admin] client_crl")) << refused.errors;
  EXPECT_EQ(0, statusWith(endpoint, &admin_));
  EXPECT_EQ(200, statusWith(endpoint, &another));
}

TEST_F(AdminTest, ComesAndGoesWithAReload) {
  Options options = withMetrics();
  options.settings.erase("admin.listen");
  Server server(options);
  RawConnection everybody(server);
  EXPECT_EQ(200, statusOf(everybody, kMetrics)) << "without [admin] it is everywhere";
  server.installation().options().settings["admin.listen"] = "https://127.0.0.1:0";
  server.installation().writeConfiguration();
  const ProgramResult plan = server.installation().run({"plan"});
  EXPECT_NE(std::string::npos, plan.output.find("https://127.0.0.1:0 of [admin]")) << plan.output;
  reload(server);
  EXPECT_EQ(404, statusOf(everybody, kMetrics)) << "at once, also on a connection that was there before";
  RawConnection admin(adminOf(server));
  EXPECT_EQ(200, statusOf(admin, kMetrics));
  server.installation().options().settings["admin.listen"] = kLeaveOut;
  server.installation().writeConfiguration();
  reload(server);
  EXPECT_TRUE(admin.isClosed());
  EXPECT_THROW(RawConnection{adminOf(server)}, std::runtime_error);
  EXPECT_EQ(200, statusOf(everybody, kMetrics));
}

TEST_F(AdminTest, RefusesWhatWouldOpenIt) {
  const auto refusal = [&](std::map<std::string, std::string> settings) {
    Options options = withMetrics();
    for (auto& [name, value] : settings) options.settings[name] = value;
    const ProgramResult result = Installation(options).run({"check"});
    EXPECT_EQ(78, result.status) << result.errors << result.output;
    return result.errors + result.output;
  };
  EXPECT_NE(std::string::npos, refusal({{"admin.listen", "http://0.0.0.0:9000"}}).find("others than this machine reach it"));
  EXPECT_NE(std::string::npos, refusal({{"admin.client_ca", "none.crt"}}).find("there is no such file"));
  EXPECT_NE(std::string::npos, refusal({{"admin.client_crl", "none.crl"}}).find("there is no client_ca"));
  EXPECT_NE(std::string::npos, refusal({{"admin.listen", "http://127.0.0.1:0"}, {"admin.client_ca", "none.crt"}})
                                   .find("nobody can show a certificate there"));
  EXPECT_NE(std::string::npos, refusal({{"http.listen", "https://127.0.0.1:9443"}, {"admin.listen", "https://127.0.0.1:9443"}})
                                   .find("[http] listen has this address"));
}

}  // namespace
}  // namespace kavro::testing
