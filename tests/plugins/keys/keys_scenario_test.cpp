// The keys plugin in a real server, as a client sees it.
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "tests/scenarios/client.hpp"
#include "tests/scenarios/server.hpp"
#include "tests/scenarios/stored_data.hpp"

namespace kavro::testing {
namespace {

// Public keys of RFC 7748 section 6.1.
const std::string kKey = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
const std::string kOtherKey = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";

std::string keyBody(const std::string& key, const std::string& name_json = {}) {
  return R"({"identity_pubkey":")" + key + '"' + (name_json.empty() ? "" : R"(,"device_name":)" + name_json) + "}";
}

// A user with a client of their own.
struct User {
  User(const Server& server, const std::string& name) : client(server) {
    token = client.registerUser(name);
    id = client.userId(token);
    client.bearer(token);
  }
  Reply publish(const std::string& key, const std::string& name_json = {}) {
    return client.post("/keys/publish", keyBody(key, name_json));
  }
  Poco::JSON::Array::Ptr devices() { return client.get("/keys/" + std::to_string(id)).array("devices"); }
  // The names of the user's devices as JSON.
  std::vector<std::string> names() {
    std::vector<std::string> names;
    const auto list = devices();
    for (unsigned i = 0; i < list->size(); ++i) {
      const auto name = list->getObject(i)->get("device_name");
      names.push_back(name.isEmpty() ? "null" : name.convert<std::string>());
    }
    return names;
  }

  Client client;
  std::string token;
  std::int64_t id = 0;
};

// One finding of a 422: "field: message".
std::string finding(const Reply& reply) {
  EXPECT_EQ(reply.status, 422) << reply.body;
  EXPECT_EQ(reply.header("Content-Type"), "application/problem+json");
  const auto details = reply.array("details");
  EXPECT_EQ(details->size(), 1u) << reply.body;
  const auto first = details->getObject(0);
  return first->getValue<std::string>("field") + ": " + first->getValue<std::string>("message");
}

TEST(KeysScenario, AKeyIsPublishedAndEveryoneCanReadIt) {
  const Server server;
  User alice(server, "alice");
  const Reply published = alice.publish(kKey, R"("Alice's phone")");
  ASSERT_EQ(published.status, 201) << published.body;
  EXPECT_EQ(published.string("status"), "public key stored");
  const std::int64_t device_id = published.integer("device_id");
  EXPECT_GT(device_id, 0);

  Client nobody(server);
  for (const char* prefix : {"", "/api/v1"}) {
    const Reply reply = nobody.prefix(prefix).get("/keys/" + std::to_string(alice.id));
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.header("Content-Type"), "application/json");
    const auto devices = reply.array("devices");
    ASSERT_EQ(devices->size(), 1u);
    const auto device = devices->getObject(0);
    EXPECT_EQ(device->size(), 5u);
    EXPECT_EQ(device->getValue<std::int64_t>("id"), device_id);
    EXPECT_EQ(device->getValue<std::int64_t>("user_id"), alice.id);
    EXPECT_EQ(device->getValue<std::string>("identity_pubkey"), kKey);
    EXPECT_EQ(device->getValue<std::string>("device_name"), "Alice's phone");
    EXPECT_TRUE(std::regex_match(device->getValue<std::string>("created_at"),
                                 std::regex(R"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)")));
  }
}

TEST(KeysScenario, DevicesAreListedOldestFirst) {
  const Server server;
  User alice(server, "alice");
  const std::int64_t first = alice.publish(kKey).integer("device_id");
  const std::int64_t second = alice.publish(kOtherKey, "null").integer("device_id");
  const auto devices = alice.devices();
  ASSERT_EQ(devices->size(), 2u);
  EXPECT_EQ(devices->getObject(0)->getValue<std::int64_t>("id"), first);
  EXPECT_EQ(devices->getObject(1)->getValue<std::int64_t>("id"), second);
  EXPECT_EQ(alice.names(), (std::vector<std::string>{"null", "null"}));
}

TEST(KeysScenario, TheSameKeyAgainIsTheSameDevice) {
  const Server server;
  User alice(server, "alice"), bob(server, "bob");
  const std::int64_t id = alice.publish(kKey, R"("old")").integer("device_id");

  std::string upper = kKey;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  const Reply again = alice.publish(upper, R"("new")");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.integer("device_id"), id);
  EXPECT_EQ(alice.names(), std::vector<std::string>{"new"});

  EXPECT_EQ(alice.publish(kKey).integer("device_id"), id);
  EXPECT_EQ(alice.names(), std::vector<std::string>{"new"}) << "no name given keeps the name";
  EXPECT_EQ(alice.devices()->getObject(0)->getValue<std::string>("identity_pubkey"), kKey);

  EXPECT_NE(bob.publish(kKey).integer("device_id"), id) << "of another user it is another device";
}

TEST(KeysScenario, UnusableKeysAreRefusedWithDetails) {
  const Server server;
  User alice(server, "alice");
  EXPECT_EQ(finding(alice.publish(kKey.substr(1))),
            "identity_pubkey: expected 64 hex digits (an X25519 public key), found 63 characters");
  EXPECT_EQ(finding(alice.publish("g" + kKey.substr(1))),
            "identity_pubkey: expected 64 hex digits (an X25519 public key), found another character");
  EXPECT_EQ(finding(alice.publish(std::string(64, '0'))),
            "identity_pubkey: not a usable X25519 public key: a point of small order, no secret can be agreed with it");
  EXPECT_EQ(finding(alice.client.post("/keys/publish", R"({"identity_pubkey":7})")),
            "identity_pubkey: expected a string");
  EXPECT_EQ(finding(alice.client.post("/keys/publish", "{}")), "identity_pubkey: required");
  EXPECT_EQ(finding(alice.client.post("/keys/publish", "[]")), "body: expected a JSON object");
  EXPECT_EQ(alice.devices()->size(), 0u);
}

TEST(KeysScenario, DeviceNamesAreBoundedAndOnOneLine) {
  Options options;
  options.settings["keys.device_name_length_max"] = "5";
  const Server server(options);
  User alice(server, "alice");
  EXPECT_EQ(finding(alice.publish(kKey, R"("123456")")), "device_name: is 6 characters long, at most 5 are allowed");
  EXPECT_EQ(finding(alice.publish(kKey, R"("a\nb")")),
            "device_name: must not contain control characters, line separators or marks that turn the direction of reading");
  EXPECT_EQ(finding(alice.publish(kKey, "7")), "device_name: expected a string or null");
  EXPECT_EQ(alice.publish(kKey, "\"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xF0\x9F\x93\xB1\"").status, 201);
  EXPECT_EQ(alice.names(), std::vector<std::string>{"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xF0\x9F\x93\xB1"});
}

TEST(KeysScenario, PublishingNeedsAToken) {
  const Server server;
  Client nobody(server);
  const Reply reply = nobody.post("/keys/publish", keyBody(kKey));
  EXPECT_EQ(reply.status, 401);
  EXPECT_TRUE(reply.header("WWW-Authenticate"));
}

TEST(KeysScenario, UnknownUsersHaveNoDevicesAndOtherIdsAreRefused) {
  const Server server;
  Client nobody(server);
  EXPECT_EQ(nobody.get("/keys/999999").body, R"({"devices":[]})");
  EXPECT_EQ(nobody.get("/keys/9223372036854775807").status, 200);
  for (const char* id : {"0", "-1", "alice", "1.0", "1x", "%201", "9223372036854775808"}) {
    EXPECT_EQ(finding(nobody.get(std::string("/keys/") + id)), "user_id: expected a positive integer") << id;
  }
}

TEST(KeysScenario, TheNumberOfDevicesIsBounded) {
  Options options;
  options.settings["keys.devices_max"] = "1";
  const Server server(options);
  User alice(server, "alice"), bob(server, "bob");
  ASSERT_EQ(alice.publish(kKey).status, 201);
  const Reply refused = alice.publish(kOtherKey);
  EXPECT_EQ(refused.status, 409) << refused.body;
  EXPECT_EQ(refused.string("error"), "You have as many devices as this server allows.");
  EXPECT_EQ(alice.publish(kKey, R"("still")").status, 201);
  EXPECT_EQ(alice.devices()->size(), 1u);
  EXPECT_EQ(bob.publish(kOtherKey).status, 201) << "others have limits of their own";
}

TEST(KeysScenario, AnyKeyFormatTakesWhatThePythonServiceTook) {
  Options options;
  options.settings["keys.key_format"] = "any";
  const Server server(options);
  User alice(server, "alice");
  EXPECT_EQ(alice.publish("Not Hex At All").status, 201);
  EXPECT_EQ(alice.devices()->getObject(0)->getValue<std::string>("identity_pubkey"), "Not Hex At All");
  EXPECT_EQ(finding(alice.publish("")), "identity_pubkey: must not be empty");
  EXPECT_EQ(finding(alice.publish(std::string(1025, 'x'))),
            "identity_pubkey: is 1025 bytes long, at most 1024 are allowed");
}

TEST(KeysScenario, NamesAreEncryptedOnDiskWhileVaultIsOn) {
  Server server;
  User alice(server, "alice");
  alice.publish(kKey, R"("Alice in Wonderland")");
  EXPECT_EQ(alice.names(), std::vector<std::string>{"Alice in Wonderland"});
  server.kill9();  // leaves the write-ahead log as it is
  const std::string bytes = StoredData(server.installation()).bytes();
  EXPECT_NE(bytes.find(kKey), std::string::npos) << "the test looks at the right bytes";
  EXPECT_EQ(bytes.find("Alice in Wonderland"), std::string::npos);
}

TEST(KeysScenario, VaultCanBeSwitchedOffAndOnAgain) {
  Server server;
  std::string token;
  std::int64_t id = 0;
  {
    User alice(server, "alice");
    id = alice.id;
    alice.publish(kKey, R"("encrypted")");
    token = alice.token;
  }
  const auto names = [&](const std::string& publish_name = {}) {
    Client client(server);
    client.bearer(token);
    if (!publish_name.empty()) {
      EXPECT_EQ(client.post("/keys/publish", keyBody(kOtherKey, '"' + publish_name + '"')).status, 201);
    }
    const auto devices = client.get("/keys/" + std::to_string(id)).array("devices");
    std::string joined;
    for (unsigned i = 0; i < devices->size(); ++i) {
      const auto name = devices->getObject(i)->get("device_name");
      joined += (name.isEmpty() ? "null" : name.convert<std::string>()) + " ";
    }
    return joined;
  };

  server.installation().options().plugins = without("vault");
  server.installation().writeConfiguration();
  server.restart();
  EXPECT_EQ(names("plain"), "null plain ");
  EXPECT_EQ(names(), "null plain ");
  const std::string log = server.log();
  const size_t line = log.find("a device name is stored encrypted and cannot be decrypted");
  EXPECT_NE(line, std::string::npos) << "the operator is told";
  EXPECT_EQ(log.find("a device name is stored encrypted", line + 1), std::string::npos) << "once";

  server.installation().options().plugins = allPlugins();
  server.installation().writeConfiguration();
  server.restart();
  EXPECT_EQ(names(), "encrypted plain ");
}

TEST(KeysScenario, ALostVaultKeyLosesTheNamesAndNothingElse) {
  Server server;
  std::int64_t id = 0;
  {
    User alice(server, "alice");
    id = alice.id;
    alice.publish(kKey, R"("gone")");
  }
  writeFile(server.installation().vaultKeys(), std::string(43, 'A') + "=\n",
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  server.restart();
  const auto device = Client(server).get("/keys/" + std::to_string(id)).array("devices")->getObject(0);
  EXPECT_TRUE(device->get("device_name").isEmpty());
  EXPECT_EQ(device->getValue<std::string>("identity_pubkey"), kKey);
}

TEST(KeysScenario, PublishingIsInTheAuditLogWithoutTheKey) {
  Server server;
  User alice(server, "alice");
  const std::int64_t id = alice.publish(kKey, R"("Alice in Wonderland")").integer("device_id");
  alice.publish("nonsense");
  ASSERT_EQ(server.stop(), 0);
  const std::string audit = readFile(server.installation().auditLog());
  const std::regex success(R"("event":"key_publish","user":"alice","status":"success".*"device_id":"?)" +
                           std::to_string(id) + "[\",}]");
  const std::regex failure(R"("event":"key_publish","user":"alice","status":"failure".*"invalid_request")");
  EXPECT_TRUE(std::regex_search(audit, success)) << audit;
  EXPECT_TRUE(std::regex_search(audit, failure)) << audit;
  for (const std::string& text : {kKey, std::string("nonsense"), std::string("Wonderland")}) {
    EXPECT_EQ(audit.find(text), std::string::npos) << text;
    EXPECT_EQ(server.log().find(text), std::string::npos) << text;
  }
}

TEST(KeysScenario, WorksWithNothingBesideIt) {
  Options options;
  options.plugins = without({"messaging", "vault", "ratelimit", "headers", "audit"});
  const Server server(options);
  User alice(server, "alice");
  EXPECT_EQ(alice.publish(kKey, R"("plain")").status, 201);
  EXPECT_EQ(alice.names(), std::vector<std::string>{"plain"});
}

TEST(KeysScenario, DevicesSurviveARestart) {
  Server server;
  std::int64_t id = 0;
  {
    User alice(server, "alice");
    id = alice.id;
    ASSERT_EQ(alice.publish(kKey, R"("phone")").status, 201);
  }
  server.kill9();
  server.restart();
  const auto devices = Client(server).get("/keys/" + std::to_string(id)).array("devices");
  ASSERT_EQ(devices->size(), 1u);
  EXPECT_EQ(devices->getObject(0)->getValue<std::string>("device_name"), "phone");
}

}  // namespace
}  // namespace kavro::testing
