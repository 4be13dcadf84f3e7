// Acknowledgements, encryption at rest, events, and living without other plugins, in a real server.
#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "tests/plugins/messaging/correspondent.hpp"
#include "tests/scenarios/stored_data.hpp"

namespace kavro::testing {
namespace {

void restartWith(Server& server, const std::vector<std::string>& plugins) {
  server.installation().options().plugins = plugins;
  server.installation().writeConfiguration();
  server.restart();
}

TEST(AcknowledgeScenario, TheRecipientAcknowledgesAsOftenAsTheyLike) {
  const Server server;
  Correspondent alice(server, "alice"), bob(server, "bob");
  const std::int64_t id = alice.send(bob.id).integer("id");
  for (int i = 0; i < 2; ++i) {
    const Reply reply = bob.acknowledge(id);
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, R"({"status":"acknowledged"})");
  }
  EXPECT_EQ(bob.inboxIds(), std::vector<std::int64_t>{id}) << "it stays in the inbox";
  EXPECT_EQ(bob.client.prefix("/api/v1").post("/messages/" + std::to_string(id) + "/ack").status, 200);
}

TEST(AcknowledgeScenario, OnlyTheRecipient) {
  const Server server;
  Correspondent alice(server, "alice"), bob(server, "bob");
  const std::int64_t id = alice.send(bob.id).integer("id");
  const Reply refused = alice.acknowledge(id);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.string("error"), "You don't have permission to access this message.");
  EXPECT_EQ(Client(server).post("/messages/" + std::to_string(id) + "/ack").status, 401);
}

TEST(AcknowledgeScenario, OnlyMessagesThatExist) {
  const Server server;
  Correspondent alice(server, "alice");
  for (const char* id : {"999999", "0", "-1", "9223372036854775807"}) {
    const Reply reply = alice.acknowledge(id);
    EXPECT_EQ(reply.status, 404) << id;
    EXPECT_EQ(reply.string("error"), "Message not found.");
  }
  for (const char* id : {"x", "1x", "1.0", "9223372036854775808"}) {
    EXPECT_EQ(finding(alice.acknowledge(id)), "id: expected the id of a message, an integer") << id;
  }
}

TEST(MessagingScenario, MetadataIsEncryptedOnDiskWhileVaultIsOn) {
  Server server;
  Correspondent alice(server, "alice");
  alice.send(alice.id, "Zm9vYmFyZm9vYmFy", R"({"topic":"white rabbit"})");
  EXPECT_EQ(metadataText(alice.client.get("/messages/inbox").body), R"({"topic":"white rabbit"})");
  server.kill9();  // leaves the write-ahead log as it is
  const std::string bytes = StoredData(server.installation()).bytes();
  EXPECT_NE(bytes.find("foobarfoobar"), std::string::npos) << "the test looks at the right bytes";
  EXPECT_EQ(bytes.find("white rabbit"), std::string::npos);
}

TEST(MessagingScenario, VaultCanBeSwitchedOffAndOnAgain) {
  Server server;
  const Correspondent alice(server, "alice");
  Correspondent(server, alice).send(alice.id, "Zg==", R"({"n":1})");

  restartWith(server, without("vault"));
  {
    Correspondent again(server, alice);
    EXPECT_EQ(metadataText(again.client.get("/messages/inbox").body), R"({"error":"decryption_failed"})");
    EXPECT_EQ(again.send(alice.id, "Zg==", R"({"n":2})").status, 201);
    EXPECT_EQ(metadataText(again.client.get("/messages/inbox?limit=1").body), R"({"n":2})");
    const std::string log = server.log();
    const size_t line = log.find("the metadata of a message is stored encrypted and cannot be decrypted");
    EXPECT_NE(line, std::string::npos) << log;
    EXPECT_EQ(log.find("the metadata of a message is stored encrypted", line + 1), std::string::npos) << "once";
  }
  restartWith(server, allPlugins());
  Correspondent again(server, alice);
  EXPECT_EQ(metadataText(again.client.get("/messages/inbox?after=0&limit=1").body), R"({"n":1})");
  EXPECT_EQ(metadataText(again.client.get("/messages/inbox?limit=1").body), R"({"n":2})");
}

TEST(MessagingScenario, WhatHappensIsInTheAuditLogWithoutTheContent) {
  Server server;
  Correspondent alice(server, "alice"), bob(server, "bob");
  const std::int64_t id = alice.send(bob.id, "Zm9vYmFyZm9vYmFy", R"({"topic":"white rabbit"})").integer("id");
  alice.send(999999);
  bob.inbox();
  bob.acknowledge(id);
  alice.acknowledge(id);
  ASSERT_EQ(server.stop(), 0);

  const std::string audit = readFile(server.installation().auditLog());
  const std::string message = R"(.*"message_id":"?)" + std::to_string(id) + "[\",}]";
  for (const std::string& pattern : {
           R"("event":"message_send","user":"alice","status":"success".*"recipient_id":"?)" + std::to_string(bob.id) +
               "\\b" + message,
           std::string(R"("event":"message_send","user":"alice","status":"failure".*"reason":"no_such_recipient")"),
           std::string(R"("event":"message_fetch","user":"bob","status":"success".*"count":"?1\b)"),
           R"("event":"message_ack","user":"bob","status":"success")" + message,
           std::string(R"("event":"message_ack","user":"alice","status":"failure".*"reason":"not_the_recipient")"),
       }) {
    EXPECT_TRUE(std::regex_search(audit, std::regex(pattern))) << pattern << "\n" << audit;
  }
  for (const std::string& text : {std::string("Zm9vYmFy"), std::string("white rabbit"), kEphemeralKey}) {
    EXPECT_EQ(audit.find(text), std::string::npos) << text;
    EXPECT_EQ(server.log().find(text), std::string::npos) << text;
  }
}

TEST(MessagingScenario, WorksWithNothingBesideIt) {
  Options options;
  options.plugins = without({"keys", "vault", "ratelimit", "headers", "audit"});
  const Server server(options);
  Correspondent alice(server, "alice");
  const std::int64_t id = alice.send(alice.id, "Zg==", R"({"n":1})").integer("id");
  EXPECT_EQ(alice.inboxIds(), std::vector<std::int64_t>{id});
  EXPECT_EQ(alice.acknowledge(id).status, 200);
}

TEST(MessagingScenario, WithoutAuthItIsRefusedAtCheckTime) {
  Options options;
  options.plugins = without("auth");
  const Installation installation(options);
  const ProgramResult result = installation.run({"check"});
  EXPECT_EQ(result.status, 78);
  EXPECT_NE(result.errors.find("kavro.identity/1"), std::string::npos) << result.errors;
}

TEST(MessagingScenario, MessagesAndAcknowledgementsSurviveAKill) {
  Server server;
  const Correspondent alice(server, "alice");
  std::int64_t id = 0;
  {
    Correspondent sender(server, alice);
    id = sender.send(alice.id).integer("id");
    ASSERT_EQ(sender.acknowledge(id).status, 200);
  }
  server.kill9();
  server.restart();
  EXPECT_EQ(Correspondent(server, alice).inboxIds(), std::vector<std::int64_t>{id});
}

}  // namespace
}  // namespace kavro::testing
