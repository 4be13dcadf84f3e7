// A running server takes on another configuration: by `kavro reload` and by SIGHUP, without a request lost.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "tests/scenarios/person.hpp"
#include "tests/scenarios/server.hpp"
#include "tests/scenarios/steady_senders.hpp"
#include "tests/services/temporary_folder.hpp"

namespace kavro::testing {
namespace {

namespace fs = std::filesystem;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Writes the configuration as the options are now, and reloads.
ProgramResult reloadWith(Server& server) {
  server.installation().writeConfiguration();
  return server.installation().run({"reload"});
}

// The plugins of this build in a folder where they can be replaced.
std::string copiedPlugins(const fs::path& folder) {
  fs::create_directory(folder);
  for (const auto& entry : fs::directory_iterator(KAVRO_TEST_PLUGINS)) {
    if (entry.path().extension() == ".so") fs::copy(entry.path(), folder / entry.path().filename());
  }
  return folder.string();
}

// Another build of the same plugin: what stands behind the end of an ELF file is not looked at.
void rebuild(const fs::path& library) {
  const fs::path next = library.string() + ".next";
  fs::copy(library, next);
  std::ofstream(next, std::ios::app) << "another build";
  fs::rename(next, library);
}

TEST(ReloadTest, NothingHasChanged) {
  Server server;
  const ProgramResult result = server.installation().run({"reload"});
  EXPECT_EQ(0, result.status) << result.errors;
  EXPECT_TRUE(contains(result.output, "generation 2")) << result.output;
  EXPECT_TRUE(contains(result.output, "kept       8 plugins")) << result.output;
  EXPECT_EQ(0, server.stop());
}

TEST(ReloadTest, AChangedSettingRestartsItsPluginAndThoseThatUseItAndNoOther) {
  Server server;
  Client client(server);
  client.registerUser("alice");
  server.installation().options().settings["auth.password_length_min"] = "30";
  const ProgramResult result = reloadWith(server);
  EXPECT_EQ(0, result.status) << result.errors;
  EXPECT_TRUE(contains(result.output, "restarted  auth   setting password_length_min")) << result.output;
  EXPECT_TRUE(contains(result.output, "restarted  messaging   auth is restarted")) << result.output;
  EXPECT_TRUE(contains(result.output, "kept       5 plugins")) << result.output;
  const std::string tooShort = R"({"username":"bob","password":"Correct-Horse-9"})";
  EXPECT_EQ(422, client.post("/auth/register", tooShort).status);
  EXPECT_EQ(0, server.stop());
  // audit was carried over: it has started once.
  const std::string audit = readFile(server.installation().auditLog());
  EXPECT_EQ(audit.find(R"("event":"start")"), audit.rfind(R"("event":"start")"));
  EXPECT_TRUE(contains(audit, R"("event":"reload")"));
}

TEST(ReloadTest, SighupReloadsToo) {
  Server server;
  server.installation().options().plugins = without("headers");
  server.installation().writeConfiguration();
  server.process().signal(SIGHUP);
  ASSERT_TRUE(server.process().waitForLine("kernel: reloaded: headers removed"));
  EXPECT_FALSE(Client(server).get("/health").header("X-Frame-Options").has_value());
  EXPECT_EQ(0, server.stop());
}

TEST(ReloadTest, WhatIsWrongIsRefusedAndTheServerGoesOn) {
  Server server;
  Client client(server);
  const std::string token = client.registerUser("alice");
  server.installation().options().settings["auth.token_tll"] = "5m";
  server.installation().options().settings["headers.frame_options"] = "";
  const ProgramResult result = reloadWith(server);
  EXPECT_EQ(78, result.status);
  EXPECT_TRUE(contains(result.errors, "[auth] token_tll: no such setting; did you mean token_ttl?")) << result.errors;
  EXPECT_TRUE(contains(result.errors, "kavro.ini:")) << result.errors;
  EXPECT_TRUE(contains(result.errors, "goes on as it was")) << result.errors;
  EXPECT_EQ(200, client.bearer(token).get("/auth/me").status);
  EXPECT_TRUE(contains(server.installation().run({"status"}).output, "generation   1")) << "still the first";
  EXPECT_EQ(0, server.stop());
}

TEST(ReloadTest, APluginIsSwitchedOffAndOnOverAConnectionThatStays) {
  Server server;
  Client client(server);
  EXPECT_EQ(200, client.get("/keys/1").status);
  server.installation().options().plugins = without("keys");
  EXPECT_EQ(0, reloadWith(server).status);
  EXPECT_EQ(404, client.get("/keys/1").status);
  server.installation().options().plugins = allPlugins();
  EXPECT_EQ(0, reloadWith(server).status);
  EXPECT_EQ(200, client.get("/keys/1").status);
  EXPECT_EQ(0, server.stop());
}

TEST(ReloadTest, ASwappedLibraryIsLoadedOnceForEachBuild) {
  const TemporaryFolder folder("plugins");
  Options options;
  options.plugin_path = copiedPlugins(folder.path() / "plugins");
  Server server(options);
  const fs::path library = fs::path(options.plugin_path) / "headers.so";
  const fs::path first = folder.path() / "first.so", second = folder.path() / "second.so";
  fs::copy(library, first);
  fs::copy(library, second);
  rebuild(second);
  for (int i = 0; i < 4; ++i) {
    fs::copy(i % 2 == 0 ? second : first, library.string() + ".next", fs::copy_options::overwrite_existing);
    fs::rename(library.string() + ".next", library);
    const ProgramResult result = server.installation().run({"reload"});
    EXPECT_EQ(0, result.status) << result.errors;
    EXPECT_TRUE(contains(result.output, "restarted  headers   another build of its library")) << result.output;
  }
  // Soon, when the last instance of the first build has been let go.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::string status;
  while (!contains(status, R"("retired_libraries":1)") && std::chrono::steady_clock::now() < deadline) {
    status = server.installation().run({"status", "--json"}).output;
  }
  EXPECT_TRUE(contains(status, R"("retired_libraries":1)")) << status;
  EXPECT_EQ(0, server.stop());
}

TEST(ReloadTest, ALibraryThatIsNoneIsRefused) {
  const TemporaryFolder folder("plugins");
  Options options;
  options.plugin_path = copiedPlugins(folder.path() / "plugins");
  Server server(options);
  writeFile(fs::path(options.plugin_path) / "headers.so", "no library", fs::perms::owner_all);
  const ProgramResult result = server.installation().run({"reload"});
  EXPECT_EQ(78, result.status);
  EXPECT_TRUE(contains(result.errors, "headers.so")) << result.errors;
  EXPECT_TRUE(Client(server).get("/health").header("X-Frame-Options").has_value());
  EXPECT_EQ(0, server.stop());
}

TEST(ReloadTest, AddressesAreOpenedAndClosed) {
  Server server;
  Client before(server);
  EXPECT_EQ(200, before.get("/health").status);
  server.installation().options().settings["http.listen"] = "http://127.0.0.1:0";
  const ProgramResult result = reloadWith(server);
  EXPECT_EQ(0, result.status) << result.errors;
  const auto port = server.process().waitForLine("listening on http://127.0.0.1:");
  ASSERT_TRUE(port);
  Client plain(Endpoint{static_cast<std::uint16_t>(std::stoi(*port)), false, {}});
  EXPECT_EQ(200, plain.get("/health").status);
  EXPECT_EQ(200, before.get("/health").status) << "a connection that is there stays";
  EXPECT_ANY_THROW(Client(server).get("/health"));
  EXPECT_EQ(0, server.stop());
}

TEST(ReloadTest, APortThatIsTakenIsRefused) {
  Server server;
  Server other;
  server.installation().options().settings["http.listen"] =
      "https://127.0.0.1:0 http://127.0.0.1:" + std::to_string(other.port());
  const ProgramResult result = reloadWith(server);
  EXPECT_EQ(78, result.status) << result.output;
  EXPECT_TRUE(contains(result.errors, std::to_string(other.port()))) << result.errors;
  EXPECT_EQ(200, Client(server).get("/health").status);
  EXPECT_EQ(0, server.stop());
}

TEST(ReloadTest, WhatNeedsARestartIsTold) {
  Server server;
  server.installation().options().settings["server.workers"] = "7";
  const ProgramResult result = reloadWith(server);
  EXPECT_EQ(0, result.status) << result.errors;
  EXPECT_TRUE(contains(result.output, "at restart [server] workers")) << result.output;
  EXPECT_TRUE(contains(server.installation().run({"status"}).output, "at restart [server] workers"));
  EXPECT_EQ(0, server.stop());
}

TEST(ReloadTest, APlanTellsAndChangesNothing) {
  Server server;
  server.installation().options().plugins = without("messaging");
  server.installation().writeConfiguration();
  const ProgramResult result = server.installation().run({"plan"});
  EXPECT_EQ(0, result.status) << result.errors;
  EXPECT_TRUE(contains(result.output, "removed    messaging")) << result.output;
  EXPECT_TRUE(contains(result.output, "route -    POST /messages/ (messaging, needs a principal)")) << result.output;
  EXPECT_EQ(401, Client(server).get("/messages/inbox").status) << "still there";
  EXPECT_EQ(0, server.stop());
}

TEST(ReloadTest, LogLevelsAreChosenWhileItRuns) {
  Server server;
  EXPECT_TRUE(contains(server.installation().run({"log", "auth", "debug"}).output, "debug (chosen at run time)"));
  const ProgramResult wrong = server.installation().run({"log", "auht", "debug"});
  EXPECT_EQ(78, wrong.status);
  EXPECT_TRUE(contains(wrong.errors, "did you mean auth?")) << wrong.errors;
  EXPECT_EQ(0, server.installation().run({"log", "auth", "default"}).status);
  EXPECT_EQ(0, server.stop());
}

TEST(ReloadTest, TheControlSocketIsItsUsersAlone) {
  Server server;
  const fs::path socket = server.installation().folder() / "control.sock";
  struct stat status {};
  ASSERT_EQ(0, ::stat(socket.c_str(), &status));
  EXPECT_EQ(0600u, status.st_mode & 07777);
  EXPECT_EQ(0, server.stop());
  EXPECT_FALSE(fs::exists(socket));
  const ProgramResult result = server.installation().run({"status"});
  EXPECT_EQ(1, result.status);
  EXPECT_TRUE(contains(result.errors, "no server answers at")) << result.errors;
}

TEST(ReloadTest, SendersNoticeNothing) {
  Server server;
  Person alice(server, "alice"), bob(server, "bob");
  SteadySenders senders({server.endpoint()}, alice.token(), bob.id(), 8);
  for (int i = 0; i < 20; ++i) {
    server.installation().options().settings["auth.token_ttl"] = i % 2 == 0 ? "2h" : "3h";
    server.installation().options().plugins = i % 4 < 2 ? without("headers") : allPlugins();
    const ProgramResult result = reloadWith(server);
    ASSERT_EQ(0, result.status) << result.errors;
    ASSERT_TRUE(senders.waitForMore(20));
  }
  senders.stop();
  EXPECT_TRUE(senders.faults().empty()) << senders.faults()[0];
  for (const auto& [status, count] : senders.statuses()) {
    EXPECT_TRUE(status == 201 || count == 0) << status << ", " << count << " times";
  }
  EXPECT_EQ(0, server.stop());
}

}  // namespace
}  // namespace kavro::testing
