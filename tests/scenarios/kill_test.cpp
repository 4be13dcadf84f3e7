// kill -9 while 64 connections send: what was answered is there afterwards, once.
//
// KAVRO_TEST_KILLS=200 asks for more rounds than an ordinary run has.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "tests/scenarios/senders.hpp"
#include "tests/scenarios/server.hpp"
#include "tests/scenarios/stored_data.hpp"

namespace kavro::testing {
namespace {

constexpr int kRounds = 20;
constexpr int kConnections = 64;
constexpr size_t kAnswersPerRound = 200;
constexpr int kIntegrityEvery = 5;

int rounds() {
  const char* wanted = std::getenv("KAVRO_TEST_KILLS");
  return wanted ? std::atoi(wanted) : kRounds;
}

class Kill : public ::testing::Test {
 protected:
  using Messages = std::map<std::int64_t, std::string>;

  // Of the messages with ids above `after`: each that was answered is there, and none twice.
  void expectAnsweredIn(Client& client, std::int64_t after) {
    Messages found;
    std::map<std::string, int> texts;
    for (const auto& [id, text] : wholeInbox(client, after)) {
      EXPECT_TRUE(found.emplace(id, text).second) << "message " << id << " is listed twice";
      EXPECT_EQ(1, ++texts[text]) << text << " is there twice";
    }
    size_t missing = 0;
    for (auto message = answered_.upper_bound(after); message != answered_.end(); ++message) {
      const auto at = found.find(message->first);
      if (at == found.end() || at->second != message->second) ++missing;
    }
    EXPECT_EQ(0u, missing) << "of " << answered_.size() << " that were answered with 201";
    if (!found.empty()) last_ = found.rbegin()->first;
  }

  Messages answered_;
  std::int64_t last_ = 0;
};

TEST_F(Kill, WhatWasAnsweredIsThereOnce) {
  Server server;
  std::string alice, bob;
  std::int64_t bob_id = 0;
  {
    Client client(server);
    alice = client.registerUser("alice");
    bob = client.registerUser("bob");
    bob_id = client.userId(bob);
  }
  for (int round = 0; round < rounds() && !HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    Senders senders(server.endpoint(), alice, bob_id, "r" + std::to_string(round), kConnections);
    ASSERT_TRUE(senders.waitForAnswers(kAnswersPerRound));
    senders.expectTheEnd();
    server.kill9();
    senders.join();
    for (const std::string& surprise : senders.surprises()) ADD_FAILURE() << surprise;
    for (const auto& message : senders.stored()) EXPECT_TRUE(answered_.insert(message).second) << "an id came twice";

    if (round % kIntegrityEvery == 0) {
      EXPECT_EQ("ok", StoredData(server.installation()).integrity());
    }
    server.startAgain();
    Client client(server);
    expectAnsweredIn(client.bearer(bob), last_);
  }
  Client client(server);
  expectAnsweredIn(client.bearer(bob), 0);  // and no later round has done harm to an earlier one's
  EXPECT_GE(answered_.size(), static_cast<size_t>(rounds()) * kAnswersPerRound);
  EXPECT_EQ("ok", StoredData(server.installation()).integrity());
  std::printf("[ MEASURED ] %d kills, %zu messages answered with 201\n", rounds(), answered_.size());
  EXPECT_EQ(0, server.stop());
}

}  // namespace
}  // namespace kavro::testing
