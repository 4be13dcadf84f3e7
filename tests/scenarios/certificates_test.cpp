// Certificates by name, and what changes while the server runs.
#include <gtest/gtest.h>

#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

namespace fs = std::filesystem;
const std::string kHealth = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr auto kPrivate = fs::perms::owner_read | fs::perms::owner_write;

Options withoutPlugins() {
  Options options;
  options.plugins = {};
  return options;
}

void put(const fs::path& folder, const std::string& name, const Certificate& pair) {
  fs::create_directories(folder);
  writeFile(folder / (name + ".crt"), pair.certificate, kPrivate);
  writeFile(folder / (name + ".key"), pair.private_key, kPrivate);
}

TEST(Certificates, ComeAndGoByNameWithoutDroppingAConnection) {
  Server server(withoutPlugins());
  const fs::path folder = server.installation().folder() / "certificates";
  const Certificate a = makeCertificate({.subject = "a", .names = {"DNS:a.example", "DNS:*.a.example"}});
  put(folder, "a", a);
  writeFile(server.installation().folder() / "trust.pem", a.certificate + certificateForTests().certificate, kPrivate);
  Endpoint endpoint = server.endpoint();
  endpoint.certificate = server.installation().folder() / "trust.pem";
  RawConnection before(endpoint);
  const auto reload = [&] { return server.installation().run({"reload"}); };

  server.installation().options().settings["tls.certificate_folder"] = folder;
  server.installation().writeConfiguration();
  ProgramResult result = reload();
  ASSERT_EQ(0, result.status) << result.errors;
  EXPECT_EQ("a", RawConnection(endpoint, {.name = "a.example"}).serverSubject());
  EXPECT_EQ("a", RawConnection(endpoint, {.name = "www.a.example"}).serverSubject());
  EXPECT_EQ("localhost", RawConnection(endpoint).serverSubject());
  EXPECT_THROW(RawConnection(endpoint, {.name = "b.example"}), std::runtime_error) << "the default is not for that name";

  // What is half there is refused, and nothing changes.
  const Certificate b = makeCertificate({.subject = "b", .names = {"DNS:b.example"}});
  writeFile(folder / "b.pem", b.certificate, kPrivate);
  result = reload();
  EXPECT_NE(0, result.status);
  EXPECT_NE(std::string::npos, result.errors.find("certificate_folder: " + (folder / "b.pem").string() +
                                                  ": there is no private key beside this certificate"))
      << result.errors;
  EXPECT_EQ("a", RawConnection(endpoint, {.name = "a.example"}).serverSubject());

  writeFile(folder / "b.key", b.private_key, kPrivate);
  fs::remove(folder / "a.crt");
  fs::remove(folder / "a.key");
  writeFile(endpoint.certificate, b.certificate + certificateForTests().certificate, kPrivate);
  result = reload();
  ASSERT_EQ(0, result.status) << result.errors;
  EXPECT_EQ("b", RawConnection(endpoint, {.name = "b.example"}).serverSubject());
  EXPECT_THROW(RawConnection(endpoint, {.name = "a.example"}), std::runtime_error);
  before.send(kHealth);
  EXPECT_EQ(200, before.readReply()->status) << "the connection from before all this";
}

// RFC 9110, 7.4.
TEST(Certificates, SpeakForTheirHostsOnlyWhereThatIsAskedFor) {
  Server server(withoutPlugins());
  const fs::path folder = server.installation().folder() / "certificates";
  const Certificate a = makeCertificate({.subject = "a", .names = {"DNS:a.example"}});
  put(folder, "a", a);
  Endpoint endpoint = server.endpoint();
  endpoint.certificate = server.installation().folder() / "trust.pem";
  writeFile(endpoint.certificate, a.certificate + certificateForTests().certificate, kPrivate);
  auto& settings = server.installation().options().settings;
  settings["tls.certificate_folder"] = folder;
  const auto reload = [&] {
    server.installation().writeConfiguration();
    const ProgramResult result = server.installation().run({"reload"});
    ASSERT_EQ(0, result.status) << result.errors;
  };
  // What the same connection answers to a request for each host, one after the other.
  const auto ask = [&](const std::string& name, const std::vector<std::string>& hosts) {
    RawConnection connection(endpoint, {.name = name});
    std::vector<int> found;
    for (const std::string& host : hosts) {
      connection.send("GET /health HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
      const auto reply = connection.readReply();
      found.push_back(reply ? reply->status : 0);
    }
    return found;
  };
  reload();
  EXPECT_EQ((std::vector{200, 200}), ask("localhost", {"localhost", "other.example"}));
  settings["tls.strict_host"] = "on";
  reload();
  const std::vector<std::string> hosts{"localhost:8443", "other.example", "127.0.0.1", "", "a.example", "[::2]"};
  EXPECT_EQ((std::vector{200, 421, 200, 200, 421, 421}), ask("localhost", hosts));
  EXPECT_EQ((std::vector{421, 421, 421, 200, 200, 421}), ask("a.example", hosts));
  settings["http.trusted_proxies"] = "127.0.0.1";
  reload();
  EXPECT_EQ((std::vector{200, 200}), ask("localhost", {"localhost", "other.example"}));
}

TEST(Certificates, ThatExpireSoonAreWarnedOfAtStartCheckAndReload) {
  Server server(withoutPlugins());
  const Certificate soon = makeCertificate({.names = {"DNS:localhost", "IP:127.0.0.1"}, .end_s = 10 * 86'400 + 60});
  writeFile(server.installation().certificate(), soon.certificate, kPrivate);
  writeFile(server.installation().privateKey(), soon.private_key, kPrivate);
  const std::string warning = ", in 10 days; renew it, then: kavro reload";
  EXPECT_NE(std::string::npos, server.installation().run({"check"}).errors.find(warning));
  EXPECT_EQ(std::string::npos, server.log().find(warning));
  EXPECT_EQ(0, server.installation().run({"reload"}).status);
  EXPECT_TRUE(server.process().waitForCount(warning, 1));
  server.restart();
  EXPECT_TRUE(server.process().waitForCount(warning, 1));
}

}  // namespace
}  // namespace kavro::testing
