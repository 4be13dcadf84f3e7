// Two people exchange end-to-end encrypted messages.
#include <gtest/gtest.h>

#include "tests/scenarios/person.hpp"
#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

class Exchange : public ::testing::TestWithParam<const char*> {};

TEST_P(Exchange, AliceWritesAndBobReads) {
  Server server;
  Person alice(server, "alice", GetParam());
  Person bob(server, "bob", GetParam());
  alice.publish("Alice's telephone");
  bob.publish("Bob's laptop");

  const std::string text = "Hello Bob, this is only for you: \xE2\x9C\x93";
  const std::int64_t id = alice.send(bob.id(), text, R"({"topic":"greeting","nested":[1,2.5,null,true]})");

  const auto messages = bob.inbox();
  ASSERT_EQ(1u, messages.size());
  EXPECT_EQ(id, messages[0].id);
  EXPECT_EQ(alice.id(), messages[0].sender_id);
  EXPECT_EQ(text, messages[0].text);
  EXPECT_EQ(R"({"nested":[1,2.5,null,true],"topic":"greeting"})", messages[0].metadata);
  EXPECT_EQ(std::string::npos, messages[0].ciphertext.find("Hello"));
  bob.acknowledge(id);
  bob.acknowledge(id);
  EXPECT_TRUE(alice.inbox().empty());
  EXPECT_EQ(0, server.stop());
}

TEST_P(Exchange, NewestComesFirstAndAfterPagesFromTheOldest) {
  Server server;
  Person alice(server, "alice", GetParam());
  Person bob(server, "bob", GetParam());
  bob.publish("laptop");
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(alice.send(bob.id(), "message " + std::to_string(i)));

  const auto messages = bob.inbox();
  ASSERT_EQ(5u, messages.size());
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(ids[4 - i], messages[i].id);
    EXPECT_EQ("message " + std::to_string(4 - i), messages[i].text);
  }
  std::vector<std::int64_t> paged;
  std::int64_t after = 0;
  for (int page = 0; page < 3; ++page) {
    const auto list = bob.client().get("/messages/inbox?limit=2&after=" + std::to_string(after)).array("messages");
    for (unsigned i = 0; i < list->size(); ++i) {
      after = list->getObject(i)->getValue<Poco::Int64>("id");
      paged.push_back(after);
    }
  }
  EXPECT_EQ(ids, paged);
}

TEST_P(Exchange, SurvivesARestart) {
  Server server;
  std::int64_t id = 0;
  std::string token;
  {
    Person alice(server, "alice", GetParam());
    Person bob(server, "bob", GetParam());
    bob.publish("laptop");
    id = alice.send(bob.id(), "written before", R"("kept")");
    token = bob.token();
  }
  server.restart();
  Client client(server);
  const Reply reply = client.prefix(GetParam()).bearer(token).get("/messages/inbox");
  const auto messages = reply.array("messages");
  ASSERT_EQ(1u, messages->size()) << reply.body;
  EXPECT_EQ(id, messages->getObject(0)->getValue<Poco::Int64>("id"));
  EXPECT_EQ("kept", messages->getObject(0)->getValue<std::string>("metadata"));
}

INSTANTIATE_TEST_SUITE_P(Mounts, Exchange, ::testing::Values("", "/api/v1"),
                         [](const auto& mount) { return std::string(*mount.param ? "Versioned" : "Root"); });

TEST(ExchangeAcrossMounts, TheTwoPathsAreOneServer) {
  Server server;
  Person alice(server, "alice", "");
  Person bob(server, "bob", "/api/v1");
  bob.publish("laptop");
  alice.send(bob.id(), "through the other door");
  ASSERT_EQ(1u, bob.inbox().size());
  EXPECT_EQ("through the other door", bob.inbox()[0].text);
}

TEST(ExchangePlain, WorksWithoutTls) {
  Options options;
  options.transport = Transport::kPlain;
  Server server(options);
  Person alice(server, "alice");
  Person bob(server, "bob");
  bob.publish("laptop");
  alice.send(bob.id(), "over plain HTTP");
  ASSERT_EQ(1u, bob.inbox().size());
  EXPECT_EQ(0, server.stop());
}

}  // namespace
}  // namespace kavro::testing
