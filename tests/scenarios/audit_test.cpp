// What the audit log says of a day's work.
#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <sstream>
#include <thread>

#include "tests/scenarios/person.hpp"
#include "tests/scenarios/senders.hpp"
#include "tests/scenarios/server.hpp"
#include "tests/sdk/temporary_folder.hpp"

namespace kavro::testing {
namespace {

using namespace std::string_literals;

// Without the lines by which the log is sealed.
std::vector<Poco::JSON::Object::Ptr> eventsIn(const std::string& text) {
  std::vector<Poco::JSON::Object::Ptr> events;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    Poco::JSON::Parser parser;
    auto event = parser.parse(line).extract<Poco::JSON::Object::Ptr>();
    if (!event->getValue<std::string>("event").starts_with("audit_")) events.push_back(event);
  }
  return events;
}

// "login alice failure", "start - success"
std::string summary(const Poco::JSON::Object& event) {
  return event.getValue<std::string>("event") + " " +
         (event.isNull("user") ? "-" : event.getValue<std::string>("user")) + " " +
         event.getValue<std::string>("status");
}

void doADaysWork(Server& server) {
  Person alice(server, "alice"), bob(server, "bob");
  bob.publish("laptop");
  const std::int64_t id = alice.send(bob.id(), "hello");
  bob.inbox();
  bob.acknowledge(id);
  Client& client = alice.client();
  client.post("/auth/login", R"({"username":"alice","password":"Wrong-1!"})");
  client.post("/auth/login", R"({"username":"alice","password":")" + std::string(Client::kPassword) + "\"}");
  client.post("/auth/register", R"({"username":"alice","password":"Unusual-7-Heron"})");
}

const std::vector<std::string> kExpected = {
    "start - success",
    "register alice success",
    "register bob success",
    "key_publish bob success",
    "message_send alice success",
    "message_fetch bob success",
    "message_ack bob success",
    "login alice failure",
    "login alice success",
    "register alice failure",
    "stop - success",
};

TEST(Audit, WritesEveryEventToItsFile) {
  Server server;
  doADaysWork(server);
  EXPECT_EQ(0, server.stop());
  std::vector<std::string> found;
  std::string earlier;
  for (const auto& event : eventsIn(readFile(server.installation().auditLog()))) {
    found.push_back(summary(*event));
    const std::string time = event->getValue<std::string>("timestamp");
    EXPECT_EQ(27u, time.size()) << time;
    EXPECT_LE(earlier, time);
    earlier = time;
    const bool own = event->isNull("user");
    EXPECT_EQ(own, event->isNull("ip"));
    EXPECT_EQ(own, !event->has("request_id"));
    EXPECT_EQ(own ? "" : "127.0.0.1", event->get("ip").isEmpty() ? "" : event->getValue<std::string>("ip"));
  }
  EXPECT_EQ(kExpected, found);
}

TEST(Audit, WritesThemToStandardOutput) {
  Options options;
  options.settings["audit.target"] = "stdout";
  options.settings["audit.path"] = kLeaveOut;
  Server server(options);
  doADaysWork(server);
  EXPECT_EQ(0, server.stop());
  std::vector<std::string> found;
  for (const auto& event : eventsIn(server.output())) found.push_back(summary(*event));
  EXPECT_EQ(kExpected, found);
}

TEST(Audit, ANameCannotForgeALine) {
  Server server;
  Client client(server);
  client.post("/auth/login", R"({"username":"x\n{\"event\":\"forged\"}\u0000\u001b","password":"Wrong-1!"})");
  EXPECT_EQ(0, server.stop());
  const auto events = eventsIn(readFile(server.installation().auditLog()));
  ASSERT_EQ(3u, events.size());
  EXPECT_EQ("x\n{\"event\":\"forged\"}\0\x1b"s, events[1]->getValue<std::string>("user"));
}

TEST(Audit, RefusesToStartWhereItCannotWrite) {
  Options options;
  options.settings["audit.path"] = "no/such/folder/audit.jsonl";
  const Installation installation(options);
  const ProgramResult result = installation.run({"run"});
  EXPECT_NE(0, result.status);
  EXPECT_NE(std::string::npos, result.errors.find("create the folder")) << result.errors;

  options.settings["audit.path"] = kLeaveOut;
  const Installation without_path(options);
  const ProgramResult refused = without_path.run({"run"});
  EXPECT_EQ(78, refused.status);
  EXPECT_NE(std::string::npos, refused.errors.find("target = file needs a path")) << refused.errors;
}

TEST(Audit, SaysWhoWasLockedOutAndWhoAskedTooOften) {
  Options options;
  options.rate_limits = RateLimits::kDefaults;
  options.settings["auth.lockout_failures"] = "2";
  Server server(options);
  Client client(server);
  client.registerUser("alice");
  for (int i = 0; i < 6; ++i) client.post("/auth/login", R"({"username":"alice","password":"Wrong-1!"})");
  EXPECT_EQ(0, server.stop());
  std::map<std::string, int> count;
  for (const auto& event : eventsIn(readFile(server.installation().auditLog()))) ++count[summary(*event)];
  EXPECT_EQ(2, count["login alice failure"]);
  EXPECT_EQ(1, count["lockout alice blocked"]);
  EXPECT_EQ(3, count["login alice blocked"]);
  int limits_hit = 0;
  for (const auto& [text, times] : count) limits_hit += text.starts_with("limit ") ? times : 0;
  EXPECT_EQ(1, limits_hit);
}

std::vector<std::string> verifyCommand(const Installation& installation, std::vector<std::string> more = {}) {
  std::vector<std::string> command{Installation::program(), "audit", "verify"};
  command.insert(command.end(), more.begin(), more.end());
  command.push_back(installation.auditLog().string());
  return command;
}

ProgramResult runToItsEnd(std::vector<std::string> command) {
  Process process(command, std::filesystem::temp_directory_path(), {});
  const std::optional<int> status = process.wait();
  return {status.value_or(-1), process.output(), process.errors()};
}

// A signing key, beside no server's files.
class Key {
 public:
  Key() {
    const auto owner = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
    writeFile(path(), randomHex(32) + "\n", owner);
    public_ = runToItsEnd({Installation::program(), "audit", "public-key", path()}).output.substr(0, 64);
  }
  std::string path() const { return folder_.file("audit.key"); }
  const std::string& publicKey() const { return public_; }
  Options options() const {
    Options options;
    options.settings["audit.signing_key_file"] = path();
    return options;
  }

 private:
  TemporaryFolder folder_;
  std::string public_;
};

TEST(Audit, CanBeVerified) {
  Options options;
  Server server(options);
  const auto key = server.installation().folder() / "audit.key";
  writeFile(key, randomHex(32) + "\n", std::filesystem::perms::owner_read);
  server.installation().options().settings["audit.signing_key_file"] = key.string();
  server.installation().writeConfiguration();
  Client(server).registerUser("early");
  EXPECT_EQ(0, server.installation().run({"reload"}).status);  // the next instance goes on with the same file
  doADaysWork(server);
  const ProgramResult public_key = runToItsEnd({Installation::program(), "audit", "public-key", key.string()});
  ASSERT_EQ(0, public_key.status) << public_key.errors;
  const std::string digits = public_key.output.substr(0, 64);
  EXPECT_TRUE(server.process().waitForLine("signs with the key " + digits)) << server.log();
  EXPECT_EQ(0, server.stop());

  const auto log = server.installation().auditLog();
  const ProgramResult untold = runToItsEnd(verifyCommand(server.installation(), {"--public-key", digits}));
  EXPECT_EQ(1, untold.status) << "nothing proves what was written before there was a key";
  const std::string log_text = server.log(), option = "--signed-from ";
  const auto told_at = log_text.find(option);
  ASSERT_NE(std::string::npos, told_at) << log_text;
  const std::string from = std::to_string(std::stoull(log_text.substr(told_at + option.size())));
  const std::vector<std::string> words{"--public-key", digits, "--signed-from", from};
  const ProgramResult good = runToItsEnd(verifyCommand(server.installation(), words));
  EXPECT_EQ(0, good.status) << good.output << good.errors;
  EXPECT_NE(std::string::npos, good.output.find("ok: it is as it was written")) << good.output;

  std::string text = readFile(log);
  const auto at = text.find("\"user\":\"alice\"");
  ASSERT_NE(std::string::npos, at);
  const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1;
  text.replace(at, 14, "\"user\":\"mallo\"");
  writeFile(log, text, std::filesystem::perms::owner_all);
  const ProgramResult bad = runToItsEnd(verifyCommand(server.installation(), words));
  EXPECT_EQ(1, bad.status);
  EXPECT_NE(std::string::npos, bad.errors.find(log.string() + ":" + std::to_string(line) + ": was changed")) << bad.errors;
}

TEST(Audit, AServerThatWasKilledLeavesALogThatVerifies) {
  Server server;
  doADaysWork(server);
  server.kill9();
  const ProgramResult killed = runToItsEnd(verifyCommand(server.installation()));
  EXPECT_EQ(0, killed.status) << killed.errors;
  EXPECT_NE(std::string::npos, killed.output.find("was killed")) << killed.output;
  server.restart();
  EXPECT_EQ(0, server.stop());
  const ProgramResult again = runToItsEnd(verifyCommand(server.installation()));
  EXPECT_EQ(0, again.status) << again.errors;
}

// Whatever was being written. What the next start finds is its own.
TEST(Audit, AServerThatIsKilledAgainAndAgainLeavesALogThatVerifies) {
  const Key key;
  Server server(key.options());
  Client client(server);
  const std::string token = client.registerUser("alice");
  const std::int64_t id = client.userId(token);
  for (int round = 0; round < 4; ++round) {
    Senders senders(server.endpoint(), token, id, "r" + std::to_string(round), 16);
    ASSERT_TRUE(senders.waitForAnswers(100));
    senders.expectTheEnd();
    server.kill9();
    senders.join();
    server.startAgain();
  }
  EXPECT_EQ(0, server.stop());
  EXPECT_EQ(std::string::npos, server.log().find("is not known to be what was written")) << server.log();
  const ProgramResult verified = runToItsEnd(verifyCommand(server.installation(), {"--public-key", key.publicKey()}));
  EXPECT_EQ(0, verified.status) << verified.output << verified.errors;
}

// Who can write to the log's folder, and has no key, does so while the server stands still. The server goes on with what
// it had left, and says so in its own log and in this one.
TEST(Audit, AStartTakesNoLogThatItDidNotLeave) {
  const Key key;
  const auto owner = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  const auto firstLines = [](const std::string& text, int count) {
    std::size_t end = 0;
    while (count-- > 0) end = text.find('\n', end) + 1;
    return text.substr(0, end);
  };
  const std::map<std::string, std::function<std::string(const std::string&)>> kAttacks = {
      {"cut off", [&](const std::string& text) { return firstLines(text, 5); }},
      {"added to", [&](const std::string& text) { return text + "{\"event\":\"login\",\"user\":\"bob\"}\n"; }},
      {"repeated", [&](const std::string& text) { return text + firstLines(text, 3); }},
  };
  for (const auto& [what, attack] : kAttacks) {
    SCOPED_TRACE(what);
    Server server(key.options());
    doADaysWork(server);
    EXPECT_EQ(0, server.stop());
    const auto log = server.installation().auditLog();
    writeFile(log, attack(readFile(log)), owner);
    server.restart();
    EXPECT_EQ(0, server.stop());
    EXPECT_NE(std::string::npos, server.log().find("is not known to be what was written")) << server.log();
    const ProgramResult verified = runToItsEnd(verifyCommand(server.installation(), {"--public-key", key.publicKey()}));
    EXPECT_EQ(1, verified.status) << verified.output;
    EXPECT_NE(std::string::npos, verified.errors.find("is not what the server had left")) << verified.errors;
  }
}

// The same while it runs, by another file in the log's place: where it goes on is in its memory.
TEST(Audit, AServerThatRunsTakesNoOtherLog) {
  const Key key;
  Server server(key.options());
  Person alice(server, "alice");
  const auto log = server.installation().auditLog();
  std::string text;
  while (text.find("\"user\":\"alice\"") == std::string::npos) text = readFile(log);
  const auto other = log.string() + ".other";
  const auto owner = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  writeFile(other, text.substr(0, text.find('\n') + 1), owner);
  std::filesystem::rename(log, log.string() + ".1");
  std::filesystem::rename(other, log);
  std::this_thread::sleep_for(std::chrono::milliseconds(150));  // it looks ten times a second
  Person bob(server, "bob");
  EXPECT_EQ(0, server.stop());
  EXPECT_NE(std::string::npos, server.log().find("another one was put in its place")) << server.log();
  const ProgramResult verified = runToItsEnd(verifyCommand(server.installation(), {"--public-key", key.publicKey()}));
  EXPECT_EQ(1, verified.status) << verified.output;
  EXPECT_NE(std::string::npos, verified.errors.find("another one was put in its place")) << verified.errors;
  EXPECT_NE(std::string::npos, verified.errors.find("missing before it")) << verified.errors;
}

TEST(Audit, SaysWhatItsCommandsNeed) {
  EXPECT_EQ(64, runToItsEnd({Installation::program(), "audit", "verify", "--head", "x", "--no-head", "y"}).status);
  EXPECT_EQ(1, runToItsEnd({Installation::program(), "audit", "verify", "--signed-from", "7x", "y"}).status);
  EXPECT_EQ(1, runToItsEnd({Installation::program(), "audit", "verify", "--from", "", "y"}).status);
  EXPECT_EQ(64, runToItsEnd({Installation::program(), "audit", "verify"}).status);
  EXPECT_EQ(64, runToItsEnd({Installation::program(), "audit", "verify", "--public-kay", "x"}).status);
  EXPECT_EQ(0, runToItsEnd({Installation::program(), "audit", "verify", "--help"}).status);
  const ProgramResult missing = runToItsEnd({Installation::program(), "audit", "verify", "/nowhere/audit.jsonl"});
  EXPECT_EQ(1, missing.status);
  EXPECT_NE(std::string::npos, missing.errors.find("/nowhere/audit.jsonl cannot be opened")) << missing.errors;
}

// No file of the server may grow past what the log has: its lines cannot be written, and a login writes nothing else.
class FileLimit {
 public:
  FileLimit(Server& server, std::uintmax_t bytes) : process_(server.process().pid()) {
    prlimit(process_, RLIMIT_FSIZE, nullptr, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    prlimit(process_, RLIMIT_FSIZE, &limit, nullptr);
  }
  ~FileLimit() { prlimit(process_, RLIMIT_FSIZE, &before_, nullptr); }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  const pid_t process_;
  rlimit before_{};
};

constexpr const char* kLogin = R"({"username":"alice","password":"Nine-Lives7"})";

// Asks again until the answer is the one that is wanted, or it has taken too long: the last one.
int statusOfLogin(Client& client, int wanted) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  int status = 0;
  while (status != wanted && std::chrono::steady_clock::now() < deadline) {
    status = client.post("/auth/login", kLogin).status;
  }
  return status;
}

TEST(Audit, GoesOnOrRefusesWhenItCannotBeWritten) {
  for (const bool refuse : {false, true}) {
    Options options;
    options.settings["audit.on_write_failure"] = refuse ? "refuse" : "continue";
    Server server(options);
    Client client(server);
    client.post("/auth/register", kLogin);
    int logins = 0;
    {
      const FileLimit limit(server, 1);  // the log is longer
      if (refuse) {
        EXPECT_EQ(503, statusOfLogin(client, 503));
        const Reply refused = client.post("/auth/login", kLogin);
        EXPECT_EQ("5", refused.header("Retry-After"));
        const Reply not_ready = client.get("/readyz");
        EXPECT_EQ(503, not_ready.status);
        EXPECT_EQ("1", not_ready.header("Retry-After"));
        EXPECT_NE(std::string::npos, not_ready.body.find(R"(["audit"])")) << not_ready.body;
        EXPECT_EQ(200, client.get("/livez").status) << "a restart would not cure it";
      } else {
        for (; logins < 20; ++logins) EXPECT_EQ(200, client.post("/auth/login", kLogin).status);
      }
    }
    EXPECT_EQ(200, statusOfLogin(client, 200));
    EXPECT_EQ(0, server.stop());
    EXPECT_NE(std::string::npos, server.log().find("cannot be written")) << server.log();
    const ProgramResult verified = runToItsEnd(verifyCommand(server.installation()));
    EXPECT_EQ(0, verified.status) << verified.errors;
    int found = 0;
    for (const auto& event : eventsIn(readFile(server.installation().auditLog()))) {
      found += summary(*event) == "login alice success" ? 1 : 0;
    }
    EXPECT_GE(found, logins + 1);
  }
}

// Somebody removes the file and puts a folder in its place: there is nowhere to write to, though the server has it open.
TEST(Audit, RefusesWhileItsFileIsRemoved) {
  Options options;
  options.settings["audit.on_write_failure"] = "refuse";
  Server server(options);
  Client client(server);
  client.post("/auth/register", kLogin);
  const std::filesystem::path log = server.installation().auditLog();
  while (readFile(log).find("\"register\"") == std::string::npos) std::this_thread::yield();
  std::filesystem::remove(log);
  std::filesystem::create_directory(log);
  EXPECT_EQ(503, statusOfLogin(client, 503));
  EXPECT_TRUE(server.process().waitForLine("cannot be opened: Is a directory; lines wait"));
  std::filesystem::remove(log);
  EXPECT_EQ(200, statusOfLogin(client, 200));
  EXPECT_EQ(0, server.stop());
  EXPECT_NE(std::string::npos, readFile(log).find("\"login\""));
  const ProgramResult verified = runToItsEnd(verifyCommand(server.installation()));
  EXPECT_EQ(1, verified.status) << "the lines before are gone";
  EXPECT_NE(std::string::npos, verified.errors.find("say --from ")) << verified.errors;
}

}  // namespace
}  // namespace kavro::testing
