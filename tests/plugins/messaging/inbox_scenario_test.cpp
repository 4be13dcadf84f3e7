// GET /messages/inbox in a real server.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/plugins/messaging/correspondent.hpp"
#include "tests/scenarios/stored_data.hpp"

namespace kavro::testing {
namespace {

using Ids = std::vector<std::int64_t>;

TEST(InboxScenario, HoldsWhatWasSent) {
  const Server server;
  Correspondent alice(server, "alice"), bob(server, "bob");
  std::string upper = kEphemeralKey;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  const std::int64_t id = alice.send(bob.id, "AAEC//79", R"({"topic":"demo"})", upper).integer("id");

  const auto messages = bob.inbox();
  ASSERT_EQ(messages->size(), 1u);
  const auto message = messages->getObject(0);
  EXPECT_EQ(message->size(), 7u);
  EXPECT_EQ(message->getValue<std::int64_t>("id"), id);
  EXPECT_EQ(message->getValue<std::int64_t>("sender_id"), alice.id);
  EXPECT_EQ(message->getValue<std::int64_t>("recipient_id"), bob.id);
  EXPECT_EQ(message->getValue<std::string>("ciphertext"), "AAEC//79");
  EXPECT_EQ(message->getValue<std::string>("ephemeral_pubkey"), kEphemeralKey);
  EXPECT_EQ(message->getObject("metadata")->getValue<std::string>("topic"), "demo");
  EXPECT_TRUE(std::regex_match(message->getValue<std::string>("created_at"),
                               std::regex(R"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)")));
  EXPECT_TRUE(alice.inbox()->empty()) << "what was sent is not in the sender's";
  EXPECT_EQ(bob.client.prefix("/api/v1").get("/messages/inbox").array("messages")->size(), 1u);
}

TEST(InboxScenario, NeedsAToken) {
  const Server server;
  EXPECT_EQ(Client(server).get("/messages/inbox").status, 401);
}

TEST(InboxScenario, MetadataIsAnyJson) {
  const Server server;
  Correspondent alice(server, "alice");
  const std::pair<std::string, std::string> cases[] = {
      {"", "null"},
      {"null", "null"},
      {"{}", "{}"},
      {"[ ]", "[]"},
      {"false", "false"},
      {"0", "0"},
      {R"("")", R"("")"},
      {"18446744073709551615", "18446744073709551615"},
      {"-9223372036854775808", "-9223372036854775808"},
      {R"({ "b" : [ 1, 2.5, null, true, {"x":"\u00e9\n\"\u0000"} ], "a" : 1 })",
       "{\"b\":[1,2.5,null,true,{\"x\":\"\xC3\xA9\\n\\\"\\u0000\"}],\"a\":1}"},
  };
  for (const auto& [sent, expected] : cases) {
    ASSERT_EQ(alice.send(alice.id, "Zg==", sent).status, 201) << sent;
    EXPECT_EQ(metadataText(alice.client.get("/messages/inbox?limit=1").body), expected);
  }
}

TEST(InboxScenario, NewestFirstAndAfterAnIdOldestFirst) {
  const Server server;
  Correspondent alice(server, "alice"), bob(server, "bob");
  Ids ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(alice.send(bob.id).integer("id"));
    alice.send(alice.id);  // somebody else's, between
  }
  EXPECT_EQ(bob.inboxIds(), Ids(ids.rbegin(), ids.rend()));
  EXPECT_EQ(bob.inboxIds("?limit=2"), (Ids{ids[4], ids[3]}));
  EXPECT_EQ(bob.inboxIds("?after=0"), ids);
  EXPECT_EQ(bob.inboxIds("?after=" + std::to_string(ids[1]) + "&limit=2"), (Ids{ids[2], ids[3]}));
  EXPECT_EQ(bob.inboxIds("?after=" + std::to_string(ids[4])), Ids{});
  EXPECT_EQ(bob.inboxIds("?after=9223372036854775807"), Ids{});
}

TEST(InboxScenario, LimitsAreChecked) {
  Options options;
  options.settings["messaging.inbox_limit_default"] = "1";
  options.settings["messaging.inbox_limit_max"] = "2";
  const Server server(options);
  Correspondent alice(server, "alice");
  for (int i = 0; i < 3; ++i) alice.send(alice.id);
  EXPECT_EQ(alice.inboxIds().size(), 1u);
  EXPECT_EQ(alice.inboxIds("?limit=2").size(), 2u);
  for (const char* limit : {"0", "3", "-1", "x", "", "1.5", "9223372036854775808"}) {
    EXPECT_EQ(finding(alice.client.get(std::string("/messages/inbox?limit=") + limit)),
              "limit: expected a whole number from 1 to 2")
        << limit;
  }
  for (const char* after : {"-1", "x", "", "9223372036854775808"}) {
    EXPECT_EQ(finding(alice.client.get(std::string("/messages/inbox?after=") + after)),
              "after: expected the id of a message, or 0 to begin with the oldest")
        << after;
  }
  EXPECT_EQ(alice.client.get("/messages/inbox?limit=0&after=x").array("details")->size(), 2u);
}

TEST(InboxScenario, AParameterIsThereOnce) {
  const Server server;
  Correspondent alice(server, "alice");
  alice.send(alice.id);
  for (const char* query : {"limit=1&limit=999", "limit=1&limit=1", "limit=1&after=0&l%69mit=1", "limit&limit"}) {
    const Reply reply = alice.client.get(std::string("/messages/inbox?") + query);
    EXPECT_EQ(reply.status, 422) << query;
    EXPECT_NE(reply.body.find(R"({"field":"limit","message":"is there more than once"})"), std::string::npos)
        << reply.body;
  }
  EXPECT_EQ(finding(alice.client.get("/messages/inbox?after=0&after=x")), "after: is there more than once");
  EXPECT_EQ(alice.inboxIds("?limit=1&after=0&other=1&other=2").size(), 1u) << "others mean nothing, however often";
}

// Whoever can write to the database puts the token of another field there, which the same key opens.
TEST(InboxScenario, ADeviceNameInThePlaceOfMetadataIsNoMetadata) {
  Server server;
  Correspondent alice(server, "alice");
  alice.send(alice.id, "Zm9vYmFy", R"({"topic":"demo"})");
  const Reply published = alice.client.post(
      "/keys/publish",
      R"({"device_name":"1,\"sender_id\":1,\"injected\":\"yes\"","identity_pubkey":")" + kEphemeralKey + "\"}");
  ASSERT_EQ(published.status, 201) << published.body;
  server.stop();
  StoredData(server.installation())
      .execute("UPDATE messages SET metadata = (SELECT device_name FROM devices), metadata_encrypted = 1");
  server.restart();
  Client again(server);
  const Reply inbox = again.bearer(alice.token).get("/messages/inbox");
  EXPECT_EQ(inbox.status, 200);
  EXPECT_EQ(metadataText(inbox.body), R"({"error":"decryption_failed"})");
  EXPECT_EQ(inbox.body.find("injected"), std::string::npos) << inbox.body;
}

TEST(InboxScenario, ADefaultAboveTheMaximumIsBadConfiguration) {
  Options options;
  options.settings["messaging.inbox_limit_default"] = "3";
  options.settings["messaging.inbox_limit_max"] = "2";
  const Installation installation(options);
  const ProgramResult result = installation.run({"run"});
  EXPECT_NE(result.status, 0);
  EXPECT_NE(result.errors.find("inbox_limit_default is 3, expected at most inbox_limit_max, which is 2"),
            std::string::npos)
      << result.errors;
}

TEST(InboxScenario, BigMessagesComeInSmallerLists) {
  Options options;
  options.settings["messaging.inbox_bytes_max"] = "64KiB";
  const Server server(options);
  Correspondent alice(server, "alice");
  const std::string big(40000, 'A');  // 30,000 bytes
  Ids sent;
  for (int i = 0; i < 4; ++i) sent.push_back(alice.send(alice.id, big).integer("id"));

  EXPECT_EQ(alice.inboxIds(), Ids{sent[3]});
  Ids read;
  std::int64_t after = 0;
  for (Ids page; !(page = alice.inboxIds("?after=" + std::to_string(after))).empty(); after = page.back()) {
    EXPECT_EQ(page.size(), 1u);
    read.insert(read.end(), page.begin(), page.end());
  }
  EXPECT_EQ(read, sent);
  EXPECT_EQ(server.log().find("error"), std::string::npos) << "ending a list early is no error";
}

TEST(InboxScenario, ManySendersLoseNothingAndNothingComesTwice) {
  constexpr int kSenders = 8, kMessages = 50;
  const Server server;
  Correspondent bob(server, "bob");
  std::vector<Ids> sent(kSenders);
  std::vector<std::thread> threads;
  for (int s = 0; s < kSenders; ++s) {
    threads.emplace_back([&, s] {
      Correspondent sender(server, "sender" + std::to_string(s));
      for (int m = 0; m < kMessages; ++m) sent[s].push_back(sender.send(bob.id).integer("id"));
    });
  }
  for (std::thread& thread : threads) thread.join();

  std::set<std::int64_t> expected;
  for (const Ids& ids : sent) {
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end())) << "ids grow in the order of sending";
    expected.insert(ids.begin(), ids.end());
  }
  EXPECT_EQ(expected.size(), static_cast<size_t>(kSenders * kMessages));

  Ids read;
  std::int64_t after = 0;
  for (Ids page; !(page = bob.inboxIds("?limit=200&after=" + std::to_string(after))).empty(); after = page.back()) {
    read.insert(read.end(), page.begin(), page.end());
  }
  EXPECT_EQ(read, Ids(expected.begin(), expected.end()));
}

}  // namespace
}  // namespace kavro::testing
