// `kavro check --probe`, `kavro routes`, and what /livez and /readyz say.
#include <gtest/gtest.h>

#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Probe, TriesWhatTheServerNeedsAndMakesNothing) {
  const Installation installation;
  const ProgramResult result = installation.run({"check", "--probe"});
  EXPECT_EQ(0, result.status) << result.output << result.errors;
  EXPECT_TRUE(contains(result.output, "ok      database: ")) << result.output;
  EXPECT_TRUE(contains(result.output, "ok      certificate ")) << result.output;
  EXPECT_TRUE(contains(result.output, "ok      plugins: ")) << result.output;
  if (stackOfThisRun() == Stack::kPostgresql) {
    EXPECT_TRUE(contains(result.output, "ok      limiter-redis: Redis at ")) << result.output;
  } else {
    EXPECT_FALSE(std::filesystem::exists(installation.database()));
  }
}

TEST(Probe, SaysWhatIsAwayAndWhatToDo) {
  Options options;
  options.settings["database.url"] = "postgresql://kavro@127.0.0.1:1/kavro";
  options.settings["database.connect_timeout"] = "200ms";
  options.plugins = without(limiter());
  options.plugins.push_back("limiter-redis");
  options.settings["limiter-redis.url"] = "redis://127.0.0.1:1";
  options.settings["limiter-redis.connect_timeout"] = "200ms";
  const Installation installation(options);
  const ProgramResult result = installation.run({"check", "--probe"});
  EXPECT_EQ(78, result.status);
  EXPECT_TRUE(contains(result.output, "FAILED  database: postgresql://kavro@127.0.0.1:1/kavro: ")) << result.output;
  EXPECT_TRUE(contains(result.output, "FAILED  limiter-redis: Redis at redis://127.0.0.1:1/0: ")) << result.output;
  EXPECT_TRUE(contains(result.errors, "2 things that the server needs cannot be used")) << result.errors;
}

TEST(Probe, RoutesAndFiltersInTheirOrder) {
  const ProgramResult result = Installation().run({"routes"});
  EXPECT_EQ(0, result.status) << result.errors;
  EXPECT_TRUE(contains(result.output, "POST    /messages/")) << result.output;
  EXPECT_LT(result.output.find("admit         ratelimit"), result.output.find("authenticate  auth")) << result.output;
  EXPECT_LT(result.output.find("authenticate  auth"), result.output.find("authorise     ratelimit")) << result.output;
}

TEST(Probe, LiveAndReady) {
  Server server;
  Client client(server);
  EXPECT_EQ(200, client.get("/livez").status);
  const Reply ready = client.get("/readyz");
  EXPECT_EQ(200, ready.status);
  EXPECT_EQ("ready", ready.string("status"));
  const std::string status = server.installation().run({"status"}).output;
  EXPECT_TRUE(contains(status, ", serving\n")) << status;
  EXPECT_EQ(0, server.stop());
}

}  // namespace
}  // namespace kavro::testing
