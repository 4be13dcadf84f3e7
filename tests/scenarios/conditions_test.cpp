// If-Match and If-None-Match on every route that changes something (RFC 9110, 13.1 and 13.2.1): a request whose condition
// fails changes nothing, and is refused with 412 only where it would not be refused anyway.
#include <gtest/gtest.h>

#include <sstream>

#include "tests/plugins/messaging/correspondent.hpp"
#include "tests/scenarios/server.hpp"
#include "tests/scenarios/stored_data.hpp"

namespace kavro::testing {
namespace {

const std::string kTag = R"("x")";  // of nothing here

class ConditionsTest : public ::testing::Test {
 protected:
  struct Change {
    std::string path, body;
    int status = 201;
  };

  ConditionsTest() {
    message_ = std::to_string(alice_.send(alice_.id).integer("id"));
    const std::string password = R"(,"password":")" + std::string(Client::kPassword) + "\"}";
    changes_ = {{"/auth/register", R"({"username":"carol")" + password},
                {"/auth/login", R"({"username":"alice")" + password, 200},
                {"/keys/publish", R"({"identity_pubkey":")" + kEphemeralKey + "\"}"},
                {"/messages/", Correspondent::body(alice_.id)},
                {ack(message_), "", 200}};
  }

  static std::string ack(const std::string& id) { return "/messages/" + id + "/ack"; }
  int post(const std::string& path, const std::string& body, const Client::Headers& headers) {
    return statusOf(alice_.client.post(path, body, headers));
  }
  static int statusOf(const Reply& reply) {
    if (reply.status >= 400) {
      EXPECT_EQ(reply.status, reply.integer("status")) << reply.body;
    }
    return reply.status;
  }
  std::string rows() const {
    const StoredData data(server_.installation());
    return data.execute("SELECT count(*) FROM users") + " users, " + data.execute("SELECT count(*) FROM devices") +
           " devices, " + data.execute("SELECT count(*) FROM messages") + " messages, " +
           data.execute("SELECT count(*) FROM messages WHERE acknowledged_us IS NOT NULL") + " acknowledged";
  }

  Server server_;
  Correspondent bob_{server_, "bob"}, alice_{server_, "alice"};
  std::string message_;
  std::vector<Change> changes_;
};

TEST_F(ConditionsTest, TheTableHasEveryRouteThatChangesSomething) {
  const ProgramResult routes = server_.installation().run({"routes"});
  std::istringstream lines(routes.output);
  int found = 0;
  for (std::string line; std::getline(lines, line);) {
    found += line.starts_with("POST ") || line.starts_with("PUT ") || line.starts_with("PATCH ") ||
             line.starts_with("DELETE ");
  }
  EXPECT_EQ(static_cast<int>(changes_.size()), found) << routes.output;
}

TEST_F(ConditionsTest, WhatFailsChangesNothing) {
  const std::string before = rows();
  for (const Change& change : changes_) {
    EXPECT_EQ(412, post(change.path, change.body, {{"If-Match", kTag}})) << change.path;
    EXPECT_EQ(412, post(change.path, change.body, {{"If-Match", "*"}})) << change.path << ": nothing can be read there";
    EXPECT_EQ(412, post(change.path, "{}", {{"If-Match", kTag}})) << change.path << ": its body is not read";
  }
  EXPECT_EQ(before, rows());
}

TEST_F(ConditionsTest, WhatHoldsIsDone) {
  for (const Change& change : changes_) {
    EXPECT_EQ(change.status, post(change.path, change.body, {{"If-None-Match", "*"}})) << change.path;
  }
  EXPECT_EQ("3 users, 1 devices, 2 messages, 1 acknowledged", rows());
}

TEST_F(ConditionsTest, WhatIsRefusedAnywayIsRefusedForThat) {
  const Client::Headers match{{"If-Match", kTag}};
  const std::string before = rows();
  for (const Change& change : changes_) {
    if (change.body.empty()) continue;
    EXPECT_EQ(415, post(change.path, change.body, {{"If-Match", kTag}, {"Content-Encoding", "gzip"}})) << change.path;
  }
  EXPECT_EQ(422, post(ack("x"), "", match));
  EXPECT_EQ(404, post(ack("999"), "", match));
  EXPECT_EQ(404, post("/nowhere", "{}", match));
  EXPECT_EQ(405, post("/auth/me", "{}", match));
  EXPECT_EQ(413, post("/messages/", std::string(1024 * 1024 + 1, ' '), match));
  EXPECT_EQ(403, statusOf(bob_.client.post(ack(message_), "", match)));
  alice_.client.bearer("");
  for (const std::string& path : {ack(message_), ack("x"), std::string("/messages/"), std::string("/keys/publish")}) {
    EXPECT_EQ(401, post(path, "{}", match)) << path;
  }
  EXPECT_EQ(before, rows());
}

}  // namespace
}  // namespace kavro::testing
