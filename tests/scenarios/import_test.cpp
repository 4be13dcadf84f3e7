// Moving in from the Python service: what its users had they find here, whatever happens on the way.
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <thread>

#include "tests/scenarios/python_database.hpp"
#include "tests/scenarios/server.hpp"
#include "tests/scenarios/stored_data.hpp"

namespace kavro::testing {
namespace {

using Kind = PythonDatabase::Kind;

// What conf/kavro-python.ini sets.
Options pythonOptions() {
  Options options;
  options.settings["auth.secret_file"] = kLeaveOut;
  options.settings["auth.secret"] = PythonDatabase::kSecret;
  options.settings["auth.password_special"] = "off";
  options.settings["auth.imported_hash_cost"] = "4";
  options.settings["keys.key_format"] = "any";
  options.settings["messaging.key_format"] = "any";
  options.settings["vault.keys_file"] = kLeaveOut;
  options.settings["vault.derive_from"] = PythonDatabase::kSecret;
  return options;
}

ProgramResult importFrom(const Installation& installation, const std::string& url, std::vector<std::string> more = {}) {
  std::vector<std::string> command{"import", "--from", url};
  command.insert(command.end(), more.begin(), more.end());
  return installation.run(command);
}

// The line of the report about a table: its four numbers.
std::string countsOf(const ProgramResult& result, const std::string& table) {
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name, read, imported, present, refused;
    words >> name >> read >> imported >> present >> refused;
    if (name == table) return read + " " + imported + " " + present + " " + refused;
  }
  return "no line about " + table + " in:\n" + result.output + result.errors;
}

std::string loginBody(const std::string& name, const std::string& password) {
  return R"({"username":")" + name + R"(","password":")" + password + R"("})";
}

std::string textOf(const Poco::Dynamic::Var& json) {
  std::ostringstream out;
  Poco::JSON::Stringifier::stringify(json, out);
  return out.str();
}

class MovingIn : public ::testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(From, MovingIn, ::testing::Values(Kind::kSqlite, Kind::kPostgres),
                         [](const auto& kind) { return kind.param == Kind::kSqlite ? "Sqlite" : "Postgres"; });

TEST_P(MovingIn, EverybodyFindsWhatTheyHad) {
  const PythonDatabase python(GetParam());
  Server server(pythonOptions());
  const ProgramResult result = importFrom(server.installation(), python.url());
  ASSERT_EQ(0, result.status) << result.output << result.errors;
  EXPECT_EQ("4 4 0 0", countsOf(result, "users"));
  EXPECT_EQ("4 3 1 0", countsOf(result, "devices"));
  EXPECT_EQ("5 5 0 0", countsOf(result, "messages"));
  EXPECT_EQ("2 2 0 0", countsOf(result, "audit_logs"));
  EXPECT_NE(std::string::npos, result.output.find("no plugin that is on takes them: alembic_version")) << result.output;

  Client client(server);
  client.bearer(PythonDatabase::kAlicesToken);
  EXPECT_EQ(1, client.get("/auth/me").integer("user_id"));
  EXPECT_EQ("alice", client.get("/auth/me").string("username"));

  const auto inbox = client.bearer(PythonDatabase::kBobsToken).get("/messages/inbox").array("messages");
  ASSERT_EQ(4u, inbox->size());
  const auto message = [&](unsigned id) { return inbox->getObject(4 - id); };  // newest first
  EXPECT_EQ(1, message(1)->getValue<int>("id"));
  EXPECT_EQ("AP8Q", message(1)->getValue<std::string>("ciphertext"));
  EXPECT_EQ(R"({"topic":"demo"})", textOf(message(1)->get("metadata")));
  EXPECT_EQ("2026-01-02T03:04:05.000000Z", message(1)->getValue<std::string>("created_at"));
  EXPECT_TRUE(message(2)->isNull("metadata"));
  EXPECT_EQ(R"({"raw":[1,"Clear-Metadata"]})", textOf(message(3)->get("metadata")));
  EXPECT_EQ(R"({"n": NaN})", message(4)->getValue<std::string>("metadata"));  // no JSON, kept as a string

  const auto devices = client.get("/keys/1").array("devices");
  ASSERT_EQ(1u, devices->size());
  EXPECT_EQ("Täblet", devices->getObject(0)->getValue<std::string>("device_name"));
  EXPECT_EQ("2026-01-02T03:04:05.678901Z", devices->getObject(0)->getValue<std::string>("created_at"));
  const auto plain = client.get("/keys/3").array("devices");
  EXPECT_EQ(9, plain->getObject(0)->getValue<int>("id"));
  EXPECT_EQ("Plain-Device-Name", plain->getObject(0)->getValue<std::string>("device_name"));

  const StoredData stored(server.installation());
  EXPECT_EQ("1", stored.execute("SELECT count(*) FROM messages WHERE acknowledged_us IS NOT NULL"));
  EXPECT_EQ(R"({"n":1})", stored.execute("SELECT details FROM audit_history WHERE id = 1"));
  const std::string bytes = stored.bytes();
  for (const char* secret : {"Audited-Device-Name", "Plain-Device-Name", "Clear-Metadata"}) {
    EXPECT_EQ(std::string::npos, bytes.find(secret)) << secret << " lies in the database in the clear";
  }
}

TEST_P(MovingIn, PasswordsLogInAndAreHashedAnew) {
  const PythonDatabase python(GetParam());
  Server server(pythonOptions());
  ASSERT_EQ(0, importFrom(server.installation(), python.url()).status);
  Client client(server);
  const StoredData stored(server.installation());
  const auto hashOf = [&](const std::string& name) {
    return stored.execute("SELECT password_hash FROM users WHERE username = '" + name + "'");
  };
  const std::pair<std::string, std::string> people[] = {{"alice", PythonDatabase::kAlicesPassword},
                                                        {"bob", PythonDatabase::kBobsPassword},
                                                        {"long", PythonDatabase::longPassword()},
                                                        {"al", PythonDatabase::kBobsPassword}};
  for (const auto& [name, password] : people) {
    EXPECT_TRUE(hashOf(name).starts_with("$2b$")) << name;
    EXPECT_EQ(401, client.post("/auth/login", loginBody(name, "Wrong-Pass-1")).status) << name;
    EXPECT_EQ(200, client.post("/auth/login", loginBody(name, password)).status) << name;
    EXPECT_TRUE(hashOf(name).starts_with("$argon2id$")) << name;
    EXPECT_EQ(200, client.post("/auth/login", loginBody(name, password)).status) << name;
  }
  // And ids go on above those that came along.
  const std::string token = client.registerUser("newcomer");
  EXPECT_EQ(8, client.userId(token));
  const Reply sent =
      client.bearer(token).post("/messages/", R"({"recipient_id":1,"ciphertext":"AA==","ephemeral_pubkey":"k"})");
  EXPECT_EQ(6, sent.integer("id")) << sent.body;
  EXPECT_EQ(10, client.post("/keys/publish", R"({"identity_pubkey":"new"})").integer("device_id"));
}

TEST_P(MovingIn, ASecondRunTakesWhatIsNew) {
  const PythonDatabase python(GetParam());
  Server server(pythonOptions());
  ASSERT_EQ(0, importFrom(server.installation(), python.url()).status);
  python.addMessages(3);
  python.execute("UPDATE messages SET delivered = (1 = 1) WHERE id = 1");
  const ProgramResult second = importFrom(server.installation(), python.url());
  EXPECT_EQ("3 3 0 0", countsOf(second, "messages"));
  EXPECT_EQ("0 0 0 0", countsOf(second, "users"));
  const ProgramResult recheck = importFrom(server.installation(), python.url(), {"--recheck"});
  EXPECT_EQ(0, recheck.status);
  EXPECT_EQ("8 0 8 0", countsOf(recheck, "messages"));
  EXPECT_EQ("4 0 4 0", countsOf(recheck, "users"));
  EXPECT_EQ(
      "2",
      StoredData(server.installation()).execute("SELECT count(*) FROM messages WHERE acknowledged_us IS NOT NULL"));
}

TEST_P(MovingIn, ADryRunLeavesNothing) {
  const PythonDatabase python(GetParam());
  const Installation installation(pythonOptions());
  const auto folder = [&] {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(installation.folder())) names.push_back(entry.path());
    return names;
  };
  const auto before = folder();
  const ProgramResult empty = importFrom(installation, python.url(), {"--dry-run"});
  EXPECT_EQ(0, empty.status) << empty.errors;
  EXPECT_EQ("5 5 0 0", countsOf(empty, "messages"));
  EXPECT_NE(std::string::npos, empty.output.find("empty temporary database")) << empty.output;
  EXPECT_EQ("", empty.errors);
  EXPECT_EQ(before, folder());

  ASSERT_EQ(0, importFrom(installation, python.url()).status);
  python.addMessages(3);
  const ProgramResult full = importFrom(installation, python.url(), {"--dry-run", "--recheck"});
  EXPECT_EQ("8 3 5 0", countsOf(full, "messages"));
  EXPECT_NE(std::string::npos, full.output.find("rolled back")) << full.output;
  EXPECT_EQ("5", StoredData(installation).execute("SELECT count(*) FROM messages"));
  EXPECT_EQ("5",
            StoredData(installation).execute("SELECT rows_read FROM kavro_imports WHERE source_table = 'messages'"));
}

TEST_P(MovingIn, NobodyGetsWhatBelongsToAnother) {
  const PythonDatabase python(GetParam());
  Server server(pythonOptions());
  Client client(server);
  ASSERT_EQ(1, client.userId(client.registerUser("mallory")));  // alice's id
  const ProgramResult result = importFrom(server.installation(), python.url());
  EXPECT_EQ(1, result.status);
  EXPECT_EQ("4 3 0 1", countsOf(result, "users"));
  EXPECT_NE(std::string::npos, result.output.find("1 refused: the id belongs to another account here\n  (1)"))
      << result.output;
  const StoredData stored(server.installation());
  EXPECT_EQ("0", stored.execute("SELECT count(*) FROM devices"));
  EXPECT_EQ("0", stored.execute("SELECT count(*) FROM messages"));
  // And it stays so: the next run does not take the refused account for done.
  EXPECT_EQ(1, importFrom(server.installation(), python.url()).status);
  EXPECT_EQ("0", stored.execute("SELECT count(*) FROM devices"));
}

TEST_P(MovingIn, TheReportIsThereAsJson) {
  const PythonDatabase python(GetParam());
  const Installation installation(pythonOptions());
  const std::string file = installation.folder() / "report.json";
  ASSERT_EQ(0, importFrom(installation, python.url(), {"--report", file}).status);
  Reply report;
  report.body = readFile(file);
  EXPECT_EQ(4u, report.array("tables")->size());
  EXPECT_EQ("alembic_version", report.array("unclaimed_tables")->getElement<std::string>(0));
  EXPECT_EQ(std::string::npos, report.body.find("For-Tests-Only")) << "a password is in it";
}

// From SQLite to what this run stores in: an operator outgrows one machine.
TEST(Import, AKavroMovesToAnotherDatabase) {
  Options small;
  small.stack = Stack::kSqlite;
  small.plugins = allPlugins(Stack::kSqlite);
  Server before(small);
  Client client(before);
  const std::string alice = client.registerUser("alice"), bob = client.registerUser("bob");
  const std::string key(64, 'a');
  ASSERT_EQ(201, client.bearer(alice).post("/keys/publish", R"({"identity_pubkey":")" + key +
                                                                R"(","device_name":"laptop"})").status);
  const auto send = [&](const std::string& metadata) {
    const Reply reply = client.bearer(alice).post(
        "/messages/", R"({"recipient_id":2,"ciphertext":"AP8Q","ephemeral_pubkey":")" + key + "\"" + metadata + "}");
    ASSERT_EQ(201, reply.status) << reply.body;
  };
  send(R"(,"metadata":{"topic":"lunch"})");
  send("");
  ASSERT_EQ(200, client.bearer(bob).post("/messages/1/ack", "").status);
  const std::string inbox = client.bearer(bob).get("/messages/inbox").body;
  const std::string keys = client.get("/keys/1").body;
  ASSERT_EQ(0, before.stop());

  Server after;
  for (const auto file : {&Installation::authSecret, &Installation::vaultKeys}) {
    writeFile((after.installation().*file)(), readFile((before.installation().*file)()),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  const ProgramResult result = importFrom(after.installation(), "sqlite:" + before.installation().database().string());
  ASSERT_EQ(0, result.status) << result.output << result.errors;
  EXPECT_EQ("2 2 0 0", countsOf(result, "messages"));
  after.restart();
  Client moved(after);
  EXPECT_EQ(inbox, moved.bearer(bob).get("/messages/inbox").body);
  EXPECT_EQ(keys, moved.get("/keys/1").body);
  const StoredData stored(after.installation());
  EXPECT_EQ("1", stored.execute("SELECT count(*) FROM messages WHERE acknowledged_us IS NOT NULL"));
}

TEST(Import, GoesOnWhereItWasKilled) {
  constexpr int kMessages = 5000;
  const PythonDatabase python(Kind::kSqlite);
  python.addMessages(kMessages);
  const Installation installation(pythonOptions());
  const StoredData stored(installation);
  const auto done = [&]() -> int {
    try {
      return std::stoi("0" + stored.execute("SELECT rows_read FROM kavro_imports WHERE source_table = 'messages'"));
    } catch (const std::runtime_error&) {
      return 0;  // no such table yet, or locked
    }
  };
  int before = 0;
  for (int round = 0; round < 3; ++round) {
    Process process(installation.commandLine({"import", "--from", python.url(), "--batch", "1"}), installation.folder(),
                    {});
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (done() <= before + 20 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    process.signal(SIGKILL);
    process.wait();
    ASSERT_GT(done(), before);
    ASSERT_LT(done(), kMessages) << "it had ended before it was killed";
    before = done();
    EXPECT_EQ(std::to_string(before), stored.execute("SELECT count(*) FROM messages"));
  }
  const ProgramResult rest = importFrom(installation, python.url());
  EXPECT_EQ(0, rest.status) << rest.errors;
  const std::string left = std::to_string(kMessages + 5 - before);
  EXPECT_EQ(left + " " + left + " 0 0", countsOf(rest, "messages"));
  EXPECT_EQ(std::to_string(kMessages + 5), stored.execute("SELECT count(DISTINCT id) FROM messages"));
}

TEST(Import, ShowsNoPassword) {
  const Installation installation(pythonOptions());
  const ProgramResult result = importFrom(installation, "postgresql+asyncpg://kavro:Hush-Hush@127.0.0.1:1/kavro");
  EXPECT_EQ(78, result.status);
  EXPECT_NE(std::string::npos, result.errors.find("postgresql://127.0.0.1:1/kavro: cannot connect")) << result.errors;
  EXPECT_EQ(std::string::npos, (result.output + result.errors).find("Hush-Hush"));
}

TEST(Import, TheUrlMayBeInAFile) {
  const PythonDatabase python(Kind::kSqlite);
  const Installation installation(pythonOptions());
  const auto file = installation.folder() / "source.url";
  writeFile(file, python.url() + "\n", std::filesystem::perms::owner_read);
  EXPECT_EQ(0, installation.run({"import", "--from-file", file}).status);
  EXPECT_EQ(64, installation.run({"import"}).status);
  EXPECT_EQ(64, installation.run({"import", "--from-file", file, "--batch", "0"}).status);
  EXPECT_EQ(64, installation.run({"check", "--dry-run"}).status);
}

TEST(Import, AnotherDatabaseIsNotTakenForIt) {
  const PythonDatabase python(Kind::kSqlite);
  python.execute("DROP TABLE users; DROP TABLE devices; DROP TABLE messages; DROP TABLE audit_logs");
  const Installation installation(pythonOptions());
  const ProgramResult result = importFrom(installation, python.url());
  EXPECT_EQ(1, result.status);
  EXPECT_NE(std::string::npos, result.errors.find("found none of the tables")) << result.errors;
}

}  // namespace
}  // namespace kavro::testing
