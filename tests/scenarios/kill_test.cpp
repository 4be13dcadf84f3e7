// kill -9 while 64 connections send: what was answered is there afterwards, once.
#include <gtest/gtest.h>

#include "tests/scenarios/senders.hpp"
#include "tests/scenarios/server.hpp"
#include "tests/scenarios/stored_data.hpp"

namespace kavro::testing {
namespace {

constexpr int kRounds = 3;
constexpr int kConnections = 64;
constexpr size_t kAnswersPerRound = 300;

TEST(Kill, WhatWasAnsweredIsThereOnce) {
  Server server;
  std::string alice, bob;
  std::int64_t bob_id = 0;
  {
    Client client(server);
    alice = client.registerUser("alice");
    bob = client.registerUser("bob");
    bob_id = client.userId(bob);
  }
  std::map<std::int64_t, std::string> answered;
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    Senders senders(server.endpoint(), alice, bob_id, "r" + std::to_string(round), kConnections);
    ASSERT_TRUE(senders.waitForAnswers(kAnswersPerRound));
    senders.expectTheEnd();
    server.kill9();
    senders.join();
    for (const std::string& surprise : senders.surprises()) ADD_FAILURE() << surprise;
    for (const auto& message : senders.stored()) EXPECT_TRUE(answered.insert(message).second) << "an id came twice";

    EXPECT_EQ("ok", StoredData(server.installation()).integrity());
    server.restart();
    Client client(server);
    std::map<std::int64_t, std::string> found;
    std::map<std::string, int> texts;
    for (const auto& [id, text] : wholeInbox(client.bearer(bob))) {
      EXPECT_TRUE(found.emplace(id, text).second) << "message " << id << " is listed twice";
      EXPECT_EQ(1, ++texts[text]) << text << " is there twice";
    }
    size_t missing = 0;
    for (const auto& [id, text] : answered) {
      const auto at = found.find(id);
      if (at == found.end() || at->second != text) ++missing;
    }
    EXPECT_EQ(0u, missing) << "of " << answered.size() << " that were answered with 201";
  }
  EXPECT_GE(answered.size(), kRounds * kAnswersPerRound);
  EXPECT_EQ(0, server.stop());
}

}  // namespace
}  // namespace kavro::testing
