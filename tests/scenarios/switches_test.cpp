// Each feature can be switched off, and the others go on.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/scenarios/person.hpp"
#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

class SwitchedOff : public ::testing::TestWithParam<const char*> {
 protected:
  static bool isOff(const std::string& name) { return name == GetParam(); }
};

TEST_P(SwitchedOff, TheOthersGoOn) {
  Options options;
  options.plugins = without(GetParam());
  options.rate_limits = RateLimits::kDefaults;
  Server server(options);
  Person alice(server, "alice");
  Person bob(server, "bob");
  Client& client = alice.client();

  if (isOff("keys")) {
    EXPECT_EQ(404, client.get("/keys/1").status);
    EXPECT_EQ(404, client.post("/keys/publish", "{}").status);
  } else {
    bob.publish("laptop");
  }
  if (isOff("messaging")) {
    EXPECT_EQ(404, client.post("/messages/", "{}").status);
    EXPECT_EQ(404, client.get("/messages/inbox").status);
  } else if (!isOff("keys")) {
    const std::int64_t id = alice.send(bob.id(), "still works", R"({"a":1})");
    const auto messages = bob.inbox();
    ASSERT_EQ(1u, messages.size());
    EXPECT_EQ("still works", messages[0].text);
    EXPECT_EQ(R"({"a":1})", messages[0].metadata);
    bob.acknowledge(id);
  } else {
    EXPECT_EQ(200, client.get("/messages/inbox").status);
  }

  const Reply health = client.get("/health");
  EXPECT_EQ(200, health.status);
  EXPECT_EQ(!isOff("headers"), health.header("Strict-Transport-Security").has_value());
  client.registerUser("third");
  const Reply fourth = client.post("/auth/register", R"({"username":"fourth","password":"Unusual-7-Heron"})");
  EXPECT_EQ(isOff("ratelimit") ? 201 : 429, fourth.status);
  EXPECT_EQ(0, server.stop());
  EXPECT_EQ(!isOff("audit"), std::filesystem::exists(server.installation().auditLog()));
}

TEST_P(SwitchedOff, CheckSaysThatThisIsFine) {
  Options options;
  options.plugins = without(GetParam());
  const Installation installation(options);
  const ProgramResult result = installation.run({"check"});
  EXPECT_EQ(0, result.status) << result.errors;
}

INSTANTIATE_TEST_SUITE_P(Plugins, SwitchedOff,
                         ::testing::Values("ratelimit", "headers", "audit", "vault", "keys", "messaging"),
                         [](const auto& plugin) { return std::string(plugin.param); });

// The two services that others cannot do without: refused before anything runs, naming what is missing and for whom.
TEST(SwitchedOffService, WithoutAuthCheckNamesWhatIsMissing) {
  Options options;
  options.plugins = without("auth");
  const Installation installation(options);
  for (const char* command : {"check", "run"}) {
    const ProgramResult result = installation.run({command});
    EXPECT_EQ(78, result.status) << command << result.errors;
    for (const char* word : {"kavro.identity/1", "keys", "messaging", "auth"}) {
      EXPECT_NE(std::string::npos, result.errors.find(word)) << command << ": no word of " << word << ":\n"
                                                             << result.errors;
    }
  }
  EXPECT_FALSE(std::filesystem::exists(installation.database()));
}

TEST(SwitchedOffService, WithoutALimiterCheckNamesWhatIsMissing) {
  Options options;
  options.plugins = without(limiter());
  const Installation installation(options);
  const ProgramResult result = installation.run({"check"});
  EXPECT_EQ(78, result.status) << result.errors;
  for (const char* word : {"kavro.limiter/1", "auth", "ratelimit"}) {
    EXPECT_NE(std::string::npos, result.errors.find(word)) << result.errors;
  }
}

TEST(SwitchedOffService, AllButWhatNeedsAnAccount) {
  Options options;
  options.plugins = {"headers", "audit"};
  Server server(options);
  Client client(server);
  EXPECT_EQ(200, client.get("/health").status);
  EXPECT_EQ(404, client.get("/auth/me").status);
  EXPECT_EQ(0, server.stop());
}

TEST(SwitchedOffService, NothingAtAll) {
  Options options;
  options.plugins = {};
  Server server(options);
  Client client(server);
  EXPECT_EQ(200, client.get("/health").status);
  EXPECT_EQ(0, server.stop());
}

TEST(Check, TakesWhatTheServerTakesAndCreatesNothing) {
  const Installation installation;
  const auto files = [&] {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(installation.folder())) names.push_back(entry.path());
    std::sort(names.begin(), names.end());
    return names;
  };
  const auto before = files();
  const ProgramResult result = installation.run({"check"});
  EXPECT_EQ(0, result.status) << result.errors;
  EXPECT_EQ(before, files());
}

}  // namespace
}  // namespace kavro::testing
