// POST /messages/ in a real server.
#include <gtest/gtest.h>

#include <string>

#include "tests/plugins/messaging/correspondent.hpp"

namespace kavro::testing {
namespace {

TEST(SendScenario, AMessageIsStored) {
  const Server server;
  Correspondent alice(server, "alice"), bob(server, "bob");
  const Reply reply = alice.send(bob.id);
  ASSERT_EQ(reply.status, 201) << reply.body;
  EXPECT_EQ(reply.string("status"), "stored");
  const std::int64_t first = reply.integer("id");
  EXPECT_GT(first, 0);
  EXPECT_GT(alice.send(bob.id).integer("id"), first);
  EXPECT_EQ(alice.client.post("/messages", Correspondent::body(bob.id)).status, 201) << "without the last slash";
  EXPECT_EQ(alice.client.prefix("/api/v1").post("/messages/", Correspondent::body(bob.id)).status, 201);
}

TEST(SendScenario, SendingNeedsAToken) {
  const Server server;
  Client nobody(server);
  const Reply reply = nobody.post("/messages/", Correspondent::body(1));
  EXPECT_EQ(reply.status, 401);
  EXPECT_TRUE(reply.header("WWW-Authenticate"));
}

TEST(SendScenario, WrongTypesAreRefusedWithDetails) {
  const Server server;
  Correspondent alice(server, "alice");
  const auto post = [&](const std::string& body) { return alice.client.post("/messages/", body); };
  EXPECT_EQ(finding(post(R"({"recipient_id":"1","ciphertext":"Zg==","ephemeral_pubkey":"x"})")),
            "recipient_id: expected an integer");
  EXPECT_EQ(finding(post(R"({"recipient_id":1.0,"ciphertext":"Zg==","ephemeral_pubkey":"x"})")),
            "recipient_id: expected an integer");
  EXPECT_EQ(finding(post(R"({"recipient_id":1,"ciphertext":7,"ephemeral_pubkey":"x"})")),
            "ciphertext: expected a string");
  EXPECT_EQ(finding(post(R"({"recipient_id":1,"ciphertext":"Zg=="})")), "ephemeral_pubkey: required");
  EXPECT_EQ(finding(post(R"({"recipient_id":1,"ciphertext":"","ephemeral_pubkey":"x"})")),
            "ciphertext: must not be empty");
  EXPECT_EQ(post("{}").array("details")->size(), 3u);
  EXPECT_EQ(finding(post("[1]")), "body: expected a JSON object");
  EXPECT_EQ(post("{").status, 422);
}

TEST(SendScenario, UnknownRecipientsAreNotFound) {
  const Server server;
  Correspondent alice(server, "alice");
  for (const std::int64_t id : {INT64_C(999999), INT64_C(0), INT64_C(-1), INT64_MAX, INT64_MIN}) {
    const Reply reply = alice.send(id);
    EXPECT_EQ(reply.status, 404) << id << reply.body;
    EXPECT_EQ(reply.string("error"), "Recipient user not found.");
    EXPECT_EQ(reply.string("detail"), "Recipient user not found.");
  }
}

TEST(SendScenario, WhatIsNotBase64IsABadRequest) {
  const Server server;
  Correspondent alice(server, "alice");
  for (const char* text :
       {"Zg", "Zg=", "Z===", "====", "Zm9v=", " Zm9v", "Zm9v\\n", "Zm 9", "-_-_", "Zh==", "\\u00e9AAA"}) {
    const Reply reply = alice.send(alice.id, text);
    EXPECT_EQ(reply.status, 400) << text << reply.body;
    EXPECT_EQ(reply.string("error"), "Invalid ciphertext. Must be valid base64 encoded.");
  }
  EXPECT_TRUE(alice.inboxIds().empty());
}

TEST(SendScenario, UnusableKeysAreRefused) {
  const Server server;
  Correspondent alice(server, "alice");
  EXPECT_EQ(finding(alice.send(alice.id, "Zg==", "", "abcd")),
            "ephemeral_pubkey: expected 64 hex digits (an X25519 public key), found 4 characters");
  EXPECT_EQ(
      finding(alice.send(alice.id, "Zg==", "", std::string(64, '0'))),
      "ephemeral_pubkey: not a usable X25519 public key: a point of small order, no secret can be agreed with it");
  EXPECT_TRUE(alice.inboxIds().empty());
}

TEST(SendScenario, TheRecipientIsCheckedBeforeTheCiphertextAndThatBeforeTheKey) {
  const Server server;
  Correspondent alice(server, "alice");
  EXPECT_EQ(alice.send(999999, "not base64", "", "no key").status, 404);
  EXPECT_EQ(alice.send(alice.id, "not base64", "", "no key").status, 400);
  EXPECT_EQ(alice.send(alice.id, "Zg==", "", "no key").status, 422);
}

TEST(SendScenario, AnyKeyFormatTakesWhatThePythonServiceTook) {
  Options options;
  options.settings["messaging.key_format"] = "any";
  options.settings["messaging.key_bytes_max"] = "64";
  const Server server(options);
  Correspondent alice(server, "alice");
  EXPECT_EQ(alice.send(alice.id, "Zg==", "", "Any Text").status, 201);
  EXPECT_EQ(alice.inbox()->getObject(0)->getValue<std::string>("ephemeral_pubkey"), "Any Text");
  EXPECT_EQ(finding(alice.send(alice.id, "Zg==", "", std::string(65, 'x'))),
            "ephemeral_pubkey: is 65 bytes long, at most 64 are allowed");
}

TEST(SendScenario, SizesAreBounded) {
  Options options;
  options.settings["messaging.ciphertext_bytes_max"] = "7B";
  options.settings["messaging.metadata_bytes_max"] = "9B";
  const Server server(options);
  Correspondent alice(server, "alice");
  EXPECT_EQ(alice.send(alice.id, "Zm9vYmFyeA==").status, 201) << "7 bytes";
  EXPECT_EQ(finding(alice.send(alice.id, "Zm9vYmFyeHk=")),
            "ciphertext: is 8 bytes long when decoded, at most 7 are allowed");
  EXPECT_EQ(alice.send(alice.id, "Zg==", R"({ "a" : "bc" })").status, 422) << "10 bytes when compact";
  EXPECT_EQ(alice.send(alice.id, "Zg==", R"({ "a" : "b"  })").status, 201) << "9 bytes when compact";
}

TEST(SendScenario, TheLargestCiphertextFitsABody) {
  const Server server;
  Correspondent alice(server, "alice");
  const size_t bytes = 700 * 1024;
  std::string text(bytes / 3 * 4, 'A');
  text += "AA==";  // one byte more: 700 KiB are 3 n + 1
  ASSERT_EQ(bytes % 3, 1u);
  EXPECT_EQ(alice.send(alice.id, text).status, 201);
  EXPECT_EQ(alice.inbox()->getObject(0)->getValue<std::string>("ciphertext"), text);
  text.replace(text.size() - 4, 4, "AAA=");
  EXPECT_EQ(alice.send(alice.id, text).status, 422);
}

}  // namespace
}  // namespace kavro::testing
