// kill -9 while 64 connections send: what was answered is there afterwards, once.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "tests/scenarios/senders.hpp"
#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

constexpr int kRounds = 3;
constexpr int kConnections = 64;
constexpr size_t kAnswersPerRound = 300;

// What `PRAGMA integrity_check` says of a file, in a connection of the test's own.
std::string integrityOf(const std::filesystem::path& file) {
  sqlite3* database = nullptr;
  std::string said = "cannot be opened";
  if (sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK) {
    said.clear();
    const auto row = [](void* user, int, char** columns, char**) {
      *static_cast<std::string*>(user) += columns[0];
      return 0;
    };
    if (sqlite3_exec(database, "PRAGMA integrity_check", row, &said, nullptr) != SQLITE_OK) {
      said = sqlite3_errmsg(database);
    }
  }
  sqlite3_close(database);
  return said;
}

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

    EXPECT_EQ("ok", integrityOf(server.installation().database()));
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
