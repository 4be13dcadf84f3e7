// Rate limits through the real server. Windows are an hour long, so that no test waits for, or runs into, their end.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

// The least that it takes: a route of the example plugin, and counters.
Options small(const std::map<std::string, std::string>& rules) {
  Options options;
  options.plugins = {"hello", limiter(), "ratelimit"};
  options.transport = Transport::kPlain;
  options.rate_limits = RateLimits::kDefaults;
  for (const auto& [name, value] : rules) options.settings["ratelimit." + name] = value;
  return options;
}

// With accounts, messages and the audit log, where they are built; `why` otherwise.
std::optional<Options> everything(std::string& why) {
  Options options;
  options.rate_limits = RateLimits::kDefaults;
  for (const std::string& plugin : options.plugins) {
    if (!std::filesystem::exists(std::string(KAVRO_TEST_PLUGINS) + "/" + plugin + ".so")) {
      why = plugin + " is not built";
      return std::nullopt;
    }
  }
  return options;
}

// The number after `name=` in a RateLimit field.
long number(const Reply& reply, const std::string& field, const std::string& name) {
  const std::string value = reply.header(field).value_or("");
  const size_t found = value.find(";" + name + "=");
  return found == std::string::npos ? -1 : std::stol(value.substr(found + name.size() + 2));
}

TEST(RateLimitScenario, CountsDownThenRefuses) {
  const Server server(small({{"rule.greet", "GET /hello/{name} 2 per 1h by address"}}));
  Client client(server);
  for (long left : {1, 0}) {
    const Reply reply = client.get("/hello/Ann");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.header("RateLimit-Policy"), "\"greet\";q=2;w=3600");
    EXPECT_EQ(number(reply, "RateLimit", "r"), left);
    EXPECT_GT(number(reply, "RateLimit", "t"), 3500);
    EXPECT_LE(number(reply, "RateLimit", "t"), 3600);
    EXPECT_EQ(reply.header("Retry-After"), std::nullopt);
  }
  const Reply refused = client.get("/hello/Bob");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("Content-Type"), "application/problem+json");
  EXPECT_EQ(refused.header("RateLimit-Policy"), "\"greet\";q=2;w=3600");
  EXPECT_EQ(number(refused, "RateLimit", "r"), 0);
  const std::string seconds = refused.header("Retry-After").value_or("none");
  EXPECT_GT(std::stol(seconds), 3500);
  EXPECT_EQ(refused.header("RateLimit"), "\"greet\";r=0;t=" + seconds);
  EXPECT_EQ(refused.string("detail"), "Rate limit exceeded. Try again in " + seconds + " seconds.");
  EXPECT_EQ(refused.string("error"), refused.string("detail"));
  EXPECT_EQ(refused.string("title"), "Too Many Requests");
  EXPECT_EQ(refused.integer("status_code"), 429);
}

TEST(RateLimitScenario, NoMountMethodOrConnectionIsAWayRound) {
  const Server server(small({{"rule.greet", "GET /hello/{name} 3 per 1h by address"}}));
  EXPECT_EQ(Client(server).get("/hello/Ann").status, 200);
  EXPECT_EQ(Client(server).get("/api/v1/hello/Ann/").status, 200);
  EXPECT_EQ(Client(server).request("HEAD", "/hello/A%6En").status, 200);
  for (const char* path : {"/hello/Ann", "/hello/Ann?x=1", "/api/v1/hello/Bob", "/hello/%41nn", "/hello/Ann/"}) {
    EXPECT_EQ(Client(server).get(path).status, 429) << path;
    EXPECT_EQ(Client(server).request("HEAD", path).status, 429) << path;
  }
  EXPECT_EQ(Client(server).get("/hello/Ann", {{"X-Forwarded-For", "192.0.2.7"}, {"Forwarded", "for=192.0.2.7"}}).status,
            429)
      << "what a client says about its address does not count";
}

TEST(RateLimitScenario, OtherRoutesAreNotTouched) {
  const Server server(small({{"rule.greet", "GET /hello/{name} 1 per 1h by address"}}));
  Client client(server);
  client.get("/hello/Ann");
  EXPECT_EQ(client.get("/hello/Ann").status, 429);
  for (int i = 0; i < 3; ++i) {
    const Reply health = client.get("/health");
    EXPECT_EQ(health.status, 200);
    EXPECT_EQ(health.count("RateLimit-Policy"), 0u);
    EXPECT_EQ(health.count("RateLimit"), 0u);
  }
  EXPECT_EQ(client.post("/hello/Ann").status, 405);
}

TEST(RateLimitScenario, SimultaneousRequestsGetExactlyTheLimit) {
  const Server server(small({{"rule.greet", "GET /hello/{name} 20 per 1h by address"}}));
  std::vector<int> allowed(6);
  std::vector<std::jthread> threads;
  for (int& mine : allowed) {
    threads.emplace_back([&server, &mine] {
      Client client(server);
      for (int i = 0; i < 10; ++i) mine += client.get("/hello/Ann").status == 200;
    });
  }
  threads.clear();
  int total = 0;
  for (const int mine : allowed) total += mine;
  EXPECT_EQ(total, 20);
}

TEST(RateLimitScenario, SeveralRulesAreListedAndTheStrictestDecides) {
  const Server server(
      small({{"rule.all", "* * 100 per 1d by address"}, {"rule.greet", "GET /hello/* 1 per 1h by address"}}));
  Client client(server);
  const Reply first = client.get("/hello/Ann");
  EXPECT_EQ(first.header("RateLimit-Policy"), "\"all\";q=100;w=86400, \"greet\";q=1;w=3600");
  EXPECT_NE(first.header("RateLimit").value_or("").find("\"all\";r=99;t="), std::string::npos);
  EXPECT_NE(first.header("RateLimit").value_or("").find(", \"greet\";r=0;t="), std::string::npos);
  EXPECT_EQ(client.get("/hello/Ann").status, 429);
  const Reply missing = client.get("/nothing/here");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(number(missing, "RateLimit", "r"), 97) << "a path without a route counts against the rule for all";
}

TEST(RateLimitScenario, ARuleThatCannotBeReadIsRefusedWithItsPlace) {
  const Installation installation(small({{"rule.greet", "GET /hello 5x per 1h by address"}}));
  const ProgramResult result = installation.run({"run"});
  EXPECT_EQ(result.status, 78);
  EXPECT_NE(
      result.errors.find("[ratelimit] rule.greet: found \"5x\", expected how many requests: a whole number from 1 "
                         "to 1000000000"),
      std::string::npos)
      << result.errors;
  EXPECT_NE(result.errors.find("kavro.ini:"), std::string::npos) << result.errors;
}

TEST(RateLimitScenario, WithoutALimiterTheConfigurationIsRefused) {
  Options options = small({});
  options.plugins = {"hello", "ratelimit"};
  const ProgramResult result = Installation(options).run({"check"});
  EXPECT_EQ(result.status, 78);
  EXPECT_NE(result.errors.find("kavro.limiter/1"), std::string::npos) << result.errors;
}

TEST(RateLimitScenario, DefaultsHoldUntilARuleIsSet) {
  std::string why;
  auto options = everything(why);
  if (!options) GTEST_SKIP() << why;
  const Server server(*options);
  Client client(server);
  for (int i = 0; i < 5; ++i) {
    const Reply reply = client.post("/auth/login", R"({"username":"nobody","password":"Wrong-Password-1!"})");
    EXPECT_EQ(reply.status, 401);
    EXPECT_EQ(reply.header("RateLimit-Policy"), "\"login\";q=5;w=900");
    EXPECT_EQ(number(reply, "RateLimit", "r"), 4 - i);
  }
  EXPECT_EQ(client.post("/auth/login", "{}").status, 429) << "before the body is looked at";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.post("/auth/register", "{}").status, 422) << i;
  EXPECT_EQ(client.post("/auth/register", "{}").status, 429);
}

TEST(RateLimitScenario, DefaultsCanBeTurnedOff) {
  const Options options = small({{"defaults", "off"}});
  const Server server(options);
  EXPECT_NE(server.log().find("nothing is limited"), std::string::npos) << server.log();
  EXPECT_EQ(Client(server).get("/hello/Ann").count("RateLimit-Policy"), 0u);
}

TEST(RateLimitScenario, UsersAreCountedApartAndOnceTheyAreKnown) {
  std::string why;
  auto options = everything(why);
  if (!options) GTEST_SKIP() << why;
  options->settings["ratelimit.rule.inbox"] = "GET /messages/inbox 2 per 1h by user";
  Server server(*options);
  Client client(server);
  const std::string alice = client.registerUser("alice");
  const std::string bob = client.registerUser("bob");
  client.bearer(alice);
  EXPECT_EQ(client.get("/messages/inbox").status, 200);
  EXPECT_EQ(client.get("/messages/inbox").status, 200);
  EXPECT_EQ(client.get("/messages/inbox").status, 429);
  client.bearer(bob);
  EXPECT_EQ(client.get("/messages/inbox").status, 200) << "the same address, another user";
  client.bearer("");
  for (int i = 0; i < 4; ++i) {
    const Reply stranger = client.get("/messages/inbox");
    EXPECT_EQ(stranger.status, 401) << "who is nobody is not counted by user";
    EXPECT_EQ(stranger.count("RateLimit"), 0u);
  }
}

TEST(RateLimitScenario, OneEventPerKeyAndWindow) {
  std::string why;
  auto options = everything(why);
  if (!options) GTEST_SKIP() << why;
  options->settings["ratelimit.rule.inbox"] = "GET /messages/inbox 1 per 1h by user";
  options->settings["ratelimit.rule.health"] = "GET /health 1 per 1h by address";
  Server server(*options);
  Client client(server);
  client.bearer(client.registerUser("alice"));
  for (int i = 0; i < 10; ++i) {
    client.get("/messages/inbox");
    client.get("/health");
  }
  EXPECT_EQ(server.stop(), 0);
  int inbox = 0, health = 0;
  std::istringstream lines(readFile(server.installation().auditLog()));
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\"limit\"") == std::string::npos) continue;
    EXPECT_NE(line.find("\"blocked\""), std::string::npos) << line;
    EXPECT_NE(line.find("127.0.0.1"), std::string::npos) << line;
    if (line.find("\"rule\":\"inbox\"") != std::string::npos) {
      ++inbox;
      EXPECT_NE(line.find("\"alice\""), std::string::npos) << line;
    }
    health += line.find("\"rule\":\"health\"") != std::string::npos;
  }
  EXPECT_EQ(inbox, 1);
  EXPECT_EQ(health, 1);
}

}  // namespace
}  // namespace kavro::testing
