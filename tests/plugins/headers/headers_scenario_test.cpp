// The fields as a client sees them.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

Options small() {
  Options options;
  options.plugins = {"hello", "headers"};
  options.transport = Transport::kPlain;
  return options;
}

constexpr std::pair<const char*, const char*> kDefaults[] = {
    {"Strict-Transport-Security", "max-age=31536000; includeSubDomains"},
    {"Content-Security-Policy", "default-src 'self'"},
    {"X-Frame-Options", "DENY"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-XSS-Protection", "1; mode=block"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};

void expectDefaults(const Reply& reply) {
  for (const auto& [name, value] : kDefaults) {
    EXPECT_EQ(reply.header(name), value) << name;
    EXPECT_EQ(reply.count(name), 1u) << name;
  }
}

TEST(HeadersScenario, EveryAnswerHasThem) {
  const Server server(small());
  Client client(server);
  for (const char* path : {"/health", "/hello/Ann", "/api/v1/hello/Ann", "/nothing"}) {
    SCOPED_TRACE(path);
    expectDefaults(client.get(path));
  }
  const Reply notAllowed = client.post("/hello/Ann");
  EXPECT_EQ(notAllowed.status, 405);
  expectDefaults(notAllowed);
}

TEST(HeadersScenario, TheKernelsOwnRefusalsHaveThemToo) {
  const Server server(small());
  RawConnection connection(server);
  connection.send("GET / HTTP/1.1\r\nbad field\r\n\r\n");
  const auto refused = connection.readReply();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 400);
  expectDefaults(*refused);
}

TEST(HeadersScenario, SettingsChangeRemoveAndAdd) {
  Options options = small();
  options.settings["headers.x_frame_options"] = "off";
  options.settings["headers.x_xss_protection"] = "";
  options.settings["headers.referrer_policy"] = "same-origin";
  options.settings["headers.header.Permissions-Policy"] = "geolocation=(), camera=()";
  const Server server(options);
  const Reply reply = Client(server).get("/health");
  EXPECT_EQ(reply.count("X-Frame-Options"), 0u);
  EXPECT_EQ(reply.count("X-XSS-Protection"), 0u);
  EXPECT_EQ(reply.header("Referrer-Policy"), "same-origin");
  EXPECT_EQ(reply.header("Permissions-Policy"), "geolocation=(), camera=()");
  EXPECT_EQ(reply.header("Cache-Control"), "no-store") << "the rest stays";
}

TEST(HeadersScenario, WithoutThePluginThereAreNone) {
  Options options = small();
  options.plugins = {"hello"};
  const Server server(options);
  const Reply reply = Client(server).get("/hello/Ann");
  EXPECT_EQ(reply.status, 200);
  for (const auto& [name, value] : kDefaults) EXPECT_EQ(reply.count(name), 0u) << name;
}

TEST(HeadersScenario, BadValuesAreRefusedWithTheSettingsName) {
  Options options = small();
  options.settings["headers.header.Content-Length"] = "5";
  const ProgramResult result = Installation(options).run({"run"});
  EXPECT_EQ(result.status, 78);
  EXPECT_NE(result.errors.find("[headers] header.Content-Length: found Content-Length, expected"), std::string::npos)
      << result.errors;
}

}  // namespace
}  // namespace kavro::testing
