// The vault's keys: rotation over restarts, data of the Python service, and refusing to start without a good key.
#include <gtest/gtest.h>

#include "tests/scenarios/person.hpp"
#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

constexpr auto kPrivate = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
// Not a secret of anybody: 32 bytes of 'k' and 'n'.
constexpr const char* kOldKey = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=";
constexpr const char* kNewKey = "bm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm4=";

std::string metadataOf(Client& client, unsigned index) {
  const auto messages = client.get("/messages/inbox").array("messages");
  return messages->getObject(index)->get("metadata").toString();
}

TEST(Vault, FieldsOutliveARotationAndNotTheirKey) {
  Server server;
  const auto restartWith = [&](const std::string& keys) {
    server.stop();
    writeFile(server.installation().vaultKeys(), keys, kPrivate);
    server.restart();
  };
  restartWith(std::string(kOldKey) + "\n");
  std::string bob;
  std::int64_t bob_id = 0;
  const auto sendWith = [&](const std::string& name, const std::string& metadata) {
    Person sender(server, name);
    sender.send(bob_id, "x", metadata);
  };
  {
    Person person(server, "bob");
    person.publish("laptop");
    bob = person.token();
    bob_id = person.id();
  }
  sendWith("first", R"("old")");

  restartWith(std::string(kNewKey) + "\n" + kOldKey + "\n");
  sendWith("second", R"("new")");
  Client client(server);
  EXPECT_EQ("new", metadataOf(client.bearer(bob), 0));
  EXPECT_EQ("old", metadataOf(client, 1));

  restartWith(std::string(kNewKey) + "\n");
  Client later(server);
  EXPECT_EQ("new", metadataOf(later.bearer(bob), 0));
  EXPECT_NE("old", metadataOf(later, 1));  // its key is gone, and the inbox goes on
  EXPECT_EQ(0, server.stop());
}

struct Refused {
  const char* what;
  std::string keys;
  const char* expected;
};

TEST(Vault, RefusesToStartWithoutAGoodKeyAndShowsNone) {
  const std::string broken = "ZnJvbS1hLXNlY3JldC1wbGFjZQ";
  const Refused cases[] = {
      {"no key", " \n", "no key: set keys_file"},
      {"no Fernet key", std::string(kOldKey) + "\n" + broken + "\n", "key 2 is no Fernet key"},
  };
  for (const Refused& refused : cases) {
    const Installation installation;
    writeFile(installation.vaultKeys(), refused.keys, kPrivate);
    const ProgramResult result = installation.run({"run"});
    EXPECT_EQ(78, result.status) << refused.what;
    EXPECT_NE(std::string::npos, result.errors.find(refused.expected)) << result.errors;
    EXPECT_NE(std::string::npos, result.errors.find("vault")) << result.errors;
    EXPECT_EQ(std::string::npos, result.errors.find(broken)) << result.errors;
    EXPECT_EQ(std::string::npos, result.errors.find(kOldKey)) << result.errors;
  }
}

TEST(Vault, DerivesItsKeyAsThePythonServiceDoes) {
  Options options;
  options.settings["vault.keys_file"] = kLeaveOut;
  options.settings["vault.derive_from"] = "change me";
  Server server(options);
  Person alice(server, "alice"), bob(server, "bob");
  bob.publish("laptop");
  alice.send(bob.id(), "x", R"("derived")");
  // The same key, written out: base64url of SHA-256 of "change me".
  server.stop();
  server.installation().options().settings["vault.derive_from"] = kLeaveOut;
  server.installation().options().settings["vault.keys"] = "ZLoAnM6sSrizyHeuG2sBDo_FoVq1ZyOOOmEHzU3-FH0=";
  server.installation().writeConfiguration();
  server.restart();
  Client client(server);
  EXPECT_EQ("derived", metadataOf(client.bearer(bob.token()), 0));
}

}  // namespace
}  // namespace kavro::testing
