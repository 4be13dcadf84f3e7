// No secret in what the server writes, no plain text of encrypted fields in the database.
#include <gtest/gtest.h>

#include "tests/scenarios/person.hpp"
#include "tests/scenarios/server.hpp"
#include "tests/scenarios/stored_data.hpp"

namespace kavro::testing {
namespace {

constexpr const char* kDeviceName = "Alices-secret-telephone-4711";
constexpr const char* kMetadata = "metadata-that-nobody-may-read-0815";
constexpr const char* kWrongPassword = "Wrong-Pass-w0rd-6502";
constexpr const char* kText = "the text itself, which never reaches the server";

bool contains(const std::string& text, const std::string& word) { return text.find(word) != std::string::npos; }

struct Traces {
  std::map<std::string, std::string> secrets;  // what it is -> the text
  std::string written;                         // logs, standard output, audit
  std::string stored;                          // the database's files
};

// Everything a server is asked to do with secrets, successes and failures; killed, so that the write-ahead log stays.
Traces leaveTraces(Options options) {
  options.settings["log.level"] = "debug";
  Server server(options);
  const Installation& installation = server.installation();
  Traces traces;
  {
    Person alice(server, "alice"), bob(server, "bob");
    alice.publish(kDeviceName);
    bob.publish(kDeviceName);
    const std::int64_t id = alice.send(bob.id(), kText, "\"" + std::string(kMetadata) + "\"");
    if (bob.inbox().size() != 1) throw std::runtime_error("the message did not arrive");
    bob.acknowledge(id);
    Client& client = alice.client();
    const Reply login =
        client.post("/auth/login", R"({"username":"alice","password":")" + std::string(Client::kPassword) + "\"}");
    client.post("/auth/login", R"({"username":"alice","password":")" + std::string(kWrongPassword) + "\"}");
    client.post("/auth/login", R"({"username":"nobody","password":")" + std::string(kWrongPassword) + "\"}");
    client.post("/auth/register", R"({"username":"alice","password":")" + std::string(kWrongPassword) + "\"}");
    client.post("/auth/register", R"({"username":"x","password":")" + std::string(kWrongPassword) + "\"}");
    client.post("/auth/login", R"({"username":"alice","password":")" + std::string(kWrongPassword));  // cut JSON
    client.bearer(alice.token() + "x").get("/auth/me");
    RawConnection raw(server);  // refused by the parser
    raw.send("GET /auth/me HTTP/1.1\r\nHost: localhost\r\nAuthorization : Bearer " + alice.token() + "\r\n\r\n");
    raw.readAll();

    std::string signing = readFile(installation.authSecret()), field = readFile(installation.vaultKeys());
    signing.pop_back();
    field.pop_back();
    traces.secrets = {{"the password", Client::kPassword},
                      {"a wrong password", kWrongPassword},
                      {"Alice's token", alice.token()},
                      {"Alice's token's signature", alice.token().substr(alice.token().rfind('.') + 1)},
                      {"Bob's token", bob.token()},
                      {"a token from login", login.string("access_token")},
                      {"Alice's secret key", alice.secretKeyHex()},
                      {"Bob's secret key", bob.secretKeyHex()},
                      {"the signing secret", signing},
                      {"the field key", field},
                      {"the text", kText}};
  }
  // The audit log's last lines are on the disk when one that came after them is.
  server.kill9();
  server.restart();
  traces.stored = StoredData(installation).bytes();
  server.stop();
  traces.written = server.log() + server.output() + readFile(installation.auditLog());
  return traces;
}

TEST(Secrecy, NoSecretIsWrittenOrStored) {
  const Traces traces = leaveTraces({});
  ASSERT_TRUE(contains(traces.written, "\"event\":\"login\"")) << "the audit log is not there";
  ASSERT_TRUE(contains(traces.written, "listening on")) << "the log is not there";
  for (const auto& [what, secret] : traces.secrets) {
    ASSERT_GE(secret.size(), 16u) << what;
    EXPECT_FALSE(contains(traces.written, secret)) << what << " is in the logs";
    EXPECT_FALSE(contains(traces.stored, secret)) << what << " is in the database";
  }
  for (const std::string field : {kDeviceName, kMetadata}) {
    EXPECT_FALSE(contains(traces.written, field)) << field << " is in the logs";
    EXPECT_FALSE(contains(traces.stored, field)) << field << " is in the database";
  }
  EXPECT_TRUE(contains(traces.stored, "gAAAAA")) << "no Fernet token is in the database: is this the right file?";
}

// The counter-check: without the vault the same search does find the fields.
TEST(Secrecy, WithoutTheVaultFieldsAreInTheDatabase) {
  Options options;
  options.plugins = without("vault");
  const Traces traces = leaveTraces(options);
  for (const std::string field : {kDeviceName, kMetadata}) {
    EXPECT_TRUE(contains(traces.stored, field)) << field;
    EXPECT_FALSE(contains(traces.written, field)) << field << " is in the logs";
  }
}

TEST(Secrecy, FilesAreTheirOwnersAlone) {
  Server server;
  Client(server).registerUser("alice");
  namespace fs = std::filesystem;
  const fs::perms others = fs::perms::group_all | fs::perms::others_all;
  for (const auto& entry : fs::directory_iterator(server.installation().folder())) {
    EXPECT_EQ(fs::perms::none, entry.status().permissions() & others) << entry.path();
  }
}

}  // namespace
}  // namespace kavro::testing
