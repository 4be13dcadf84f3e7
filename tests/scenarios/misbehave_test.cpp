// A plugin that throws, crashes, hangs or blocks: the server stays up, other routes answer, the policy is applied, and
// the log names the plugin.
#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "tests/scenarios/server.hpp"
#include "tests/services/temporary_folder.hpp"

namespace kavro::testing {
namespace {

namespace fs = std::filesystem;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class MisbehaveTest : public ::testing::Test {
 protected:
  MisbehaveTest() : folder_("misbehave") {
    for (const char* from : {KAVRO_TEST_PLUGINS, KAVRO_TEST_MISBEHAVE}) {
      for (const auto& entry : fs::directory_iterator(from)) {
        if (entry.path().extension() == ".so") fs::create_symlink(entry.path(), folder_.path() / entry.path().filename());
      }
    }
    options_.plugin_path = folder_.path();
    options_.plugins.push_back("misbehave");
    options_.settings["misbehave.handler_timeout"] = "300ms";
    options_.settings["server.block_timeout"] = "300ms";
    options_.settings["server.probe_timeout"] = "2s";
    options_.settings["server.drain_timeout"] = "20s";
  }

  TemporaryFolder folder_;
  Options options_;
};

TEST_F(MisbehaveTest, AtAStartItIsRefusedWithItsLine) {
  options_.settings["misbehave.mode"] = "throw";
  const Installation installation(options_);
  const ProgramResult result = installation.run({"run"});
  EXPECT_EQ(78, result.status);
  EXPECT_TRUE(contains(result.errors, "kavro.ini:")) << result.errors;
  EXPECT_TRUE(contains(result.errors, "plugin misbehave cannot be set up: I do not want to")) << result.errors;
}

TEST_F(MisbehaveTest, AtAReloadItChangesNothingWhateverItDoes) {
  Server server(options_);
  const std::pair<const char*, const char*> expected[] = {
      {"throw", "cannot be set up: I do not want to"},
      {"abort", "plugin misbehave: its process ended by signal 6"},
      {"exit", "plugin misbehave: its process ended with status 3"},
      {"hang", "plugin misbehave: it was not there within probe_timeout"}};
  for (const auto& [mode, why] : expected) {
    server.installation().options().settings["misbehave.mode"] = mode;
    server.installation().writeConfiguration();
    const ProgramResult result = server.installation().run({"reload"});
    EXPECT_EQ(78, result.status) << mode;
    EXPECT_TRUE(contains(result.errors, why)) << result.errors;
    EXPECT_TRUE(contains(result.errors, "kavro.ini:")) << result.errors;
    EXPECT_EQ(200, Client(server).get("/health").status) << mode;
  }
  EXPECT_EQ(0, server.stop());
}

TEST_F(MisbehaveTest, AFilterThatThrowsClosesOrOpensTheDoorAsItsPolicySays) {
  options_.settings["misbehave.mode"] = "filter";
  Server server(options_);
  Client client(server);
  EXPECT_EQ(503, client.get("/keys/1").status);
  EXPECT_EQ(200, client.get("/health").status);
  EXPECT_TRUE(server.process().waitForLine("error misbehave: thrown in a filter"));
  server.installation().options().settings["misbehave.on_failure"] = "open";
  server.installation().writeConfiguration();
  EXPECT_EQ(0, server.installation().run({"reload"}).status);
  EXPECT_EQ(200, client.get("/keys/1").status);
  EXPECT_EQ(0, server.stop());
}

TEST_F(MisbehaveTest, AHandlerThatFailsAgainAndAgainIsQuarantinedAndOthersAreNot) {
  options_.settings["misbehave.quarantine_calls_min"] = "5";
  Server server(options_);
  Client client(server);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(500, client.get("/misbehave/throw").status);
  const Reply refused = client.get("/misbehave/throw");
  EXPECT_EQ(503, refused.status);
  EXPECT_TRUE(refused.header("Retry-After"));
  EXPECT_EQ(200, client.get("/health").status);
  EXPECT_TRUE(server.process().waitForLine("error misbehave: quarantined"));
  EXPECT_EQ(0, server.stop());
}

TEST_F(MisbehaveTest, AHandlerThatBlocksIsAnsweredForInTime) {
  Server server(options_);
  const auto start = std::chrono::steady_clock::now();
  const Reply reply = Client(server).get("/misbehave/block");
  EXPECT_EQ(503, reply.status);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(4)) << "before it has come back";
  EXPECT_TRUE(server.process().waitForLine("error misbehave: GET /misbehave/block: its handler did not answer within"));
  EXPECT_EQ(200, Client(server).get("/health").status);
  server.stop();  // with what it still holds: its status is not the point here
}

TEST_F(MisbehaveTest, AReactorThatIsBlockedIsStoodInFor) {
  options_.settings["server.reactors"] = "1";
  Server server(options_);
  auto blocked = std::async(std::launch::async, [&] { return Client(server).get("/misbehave/reactor").status; });
  ASSERT_TRUE(server.process().waitForLine("error misbehave: it blocks reactor"));
  EXPECT_EQ(200, Client(server).get("/health").status);
  EXPECT_EQ(503, Client(server).get("/misbehave/throw").status) << "quarantined";
  EXPECT_NE(std::future_status::ready, blocked.wait_for(std::chrono::seconds(0))) << "it has not blocked for long";
  blocked.wait();
  EXPECT_EQ(0, server.stop());
}

}  // namespace
}  // namespace kavro::testing
