// What the audit log says of a day's work.
#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/scenarios/person.hpp"
#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

using namespace std::string_literals;

std::vector<Poco::JSON::Object::Ptr> eventsIn(const std::string& text) {
  std::vector<Poco::JSON::Object::Ptr> events;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    Poco::JSON::Parser parser;
    events.push_back(parser.parse(line).extract<Poco::JSON::Object::Ptr>());
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
  client.post("/auth/register", R"({"username":"alice","password":"Passw0rd!"})");
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

}  // namespace
}  // namespace kavro::testing
