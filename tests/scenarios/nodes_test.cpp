// Several nodes on one PostgreSQL and one Redis are one server: for who counts, who reads and who starts.
#include <gtest/gtest.h>

#include <barrier>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "tests/scenarios/nodes.hpp"
#include "tests/scenarios/person.hpp"
#include "tests/scenarios/senders.hpp"
#include "tests/scenarios/steady_senders.hpp"
#include "tests/services/pgbouncer.hpp"

namespace kavro::testing {
namespace {

std::string credentials(const std::string& name, const std::string& password) {
  return R"({"username":")" + name + R"(","password":")" + password + "\"}";
}

// `count` clients, dealt out to the nodes in turn, that ask at the same time: how many got which status.
std::map<int, int> askAtOnce(const Nodes& nodes, int count, const std::function<Reply(Client&)>& ask) {
  std::barrier together(count);
  std::mutex mutex;
  std::map<int, int> statuses;
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, endpoint = nodes.endpoint(static_cast<size_t>(i) % nodes.count())] {
      int status = 0;  // of none
      Client client(endpoint);
      together.arrive_and_wait();
      try {
        status = ask(client).status;
      } catch (const std::exception&) {
      }
      const std::lock_guard lock(mutex);
      ++statuses[status];
    });
  }
  for (std::thread& thread : threads) thread.join();
  return statuses;
}

TEST(Nodes, AHundredWrongPasswordsAtOnceLockTheNameAfterFive) {
  Nodes nodes(3);
  Client client(nodes.endpoint(0));
  client.registerUser("alice");
  client.registerUser("bob");
  const auto statuses = askAtOnce(
      nodes, 100, [](Client& one) { return one.post("/auth/login", credentials("alice", "Wrong-Horse-9-Battery")); });
  EXPECT_EQ((std::map<int, int>{{401, 5}, {429, 95}}), statuses);
  for (size_t i = 0; i < nodes.count(); ++i) {
    Client one(nodes.endpoint(i));
    const Reply reply = one.post("/auth/login", credentials("alice", Client::kPassword));
    EXPECT_EQ(429, reply.status) << "the right password, on node " << i;
    EXPECT_GE(std::stoi(reply.header("Retry-After").value_or("0")), 1);
    EXPECT_EQ(200, one.post("/auth/login", credentials("bob", Client::kPassword)).status);
  }
}

TEST(Nodes, CountARateTogether) {
  Nodes nodes(3, {{"ratelimit.rule.all", "* * 20 per 1h by address"}});
  const auto ask = [](Client& client) { return client.get("/auth/me"); };
  EXPECT_EQ((std::map<int, int>{{401, 20}, {429, 40}}), askAtOnce(nodes, 60, ask));
}

// Without Redis each counts by itself, or all are let in, or none is.
TEST(Nodes, DoAsConfiguredWhileRedisStandsStill) {
  const auto ask = [](Client& client) { return client.get("/auth/me"); };
  const std::map<std::string, std::map<int, int>> expected = {
      {"local", {{401, 60}, {429, 15}}}, {"allow", {{401, 75}}}, {"deny", {{429, 75}}}};
  for (const auto& [policy, statuses] : expected) {
    Nodes nodes(3, {{"ratelimit.rule.all", "* * 20 per 1h by address"}, {"limiter-redis.on_failure", policy}});
    nodes.redis().pause();
    EXPECT_EQ(statuses, askAtOnce(nodes, 75, ask)) << policy;
  }
}

TEST(Nodes, StartAtOnceOnAnEmptyDatabase) {
  Nodes nodes(3);
  size_t applied = 0;
  for (size_t i = 0; i < nodes.count(); ++i) {
    Client client(nodes.endpoint(i));
    client.registerUser("user-" + std::to_string(i));
    const std::string log = nodes.node(i).log();
    for (size_t at = 0; (at = log.find("applied ", at)) != std::string::npos; ++at) ++applied;
  }
  EXPECT_EQ(nodes.database().value("SELECT count(*) FROM kavro_migrations"), std::to_string(applied));
  EXPECT_GE(applied, 3u);
  for (size_t i = 0; i < nodes.count(); ++i) EXPECT_EQ(0, nodes.node(i).stop());
}

TEST(Nodes, WhatOneStoresTheOthersReadAtOnce) {
  Nodes nodes(3);
  Client one(nodes.endpoint(0)), other(nodes.endpoint(1));
  const std::string alice = one.registerUser("alice"), bob = one.registerUser("bob");
  const std::int64_t bob_id = other.userId(bob);
  one.bearer(alice);
  other.bearer(bob);
  const std::string request = messageRequest(alice, bob_id, "x");
  const std::string body = request.substr(request.find("\r\n\r\n") + 4);
  for (int i = 0; i < 100; ++i) {
    const std::int64_t id = one.post("/messages/", body).integer("id");
    const auto inbox = other.get("/messages/inbox?limit=1").array("messages");
    ASSERT_EQ(1u, inbox->size());
    ASSERT_EQ(id, inbox->getObject(0)->getValue<Poco::Int64>("id"));
  }
}

// Someone who follows the inbox by the last id seen misses nothing, although nodes commit in another order than they
// take ids.
TEST(Nodes, PagingWhileAllSendMissesNothing) {
  Nodes nodes(3);
  Client reader(nodes.endpoint(0));
  const std::string alice = reader.registerUser("alice"), bob = reader.registerUser("bob");
  SteadySenders senders(nodes.endpoints(), alice, reader.userId(bob), 48);
  reader.bearer(bob);
  std::map<std::int64_t, std::string> seen;
  std::int64_t after = 0;
  const auto page = [&] {
    const Reply reply = reader.get("/messages/inbox?limit=200&after=" + std::to_string(after));
    const auto list = reply.array("messages");
    for (unsigned i = 0; i < list->size(); ++i) {
      after = list->getObject(i)->getValue<Poco::Int64>("id");
      EXPECT_TRUE(seen.emplace(after, list->getObject(i)->getValue<std::string>("metadata")).second);
    }
    return list->size();
  };
  while (senders.acknowledgedCount() < 5000 && !HasFailure()) page();
  senders.stop();
  for (const std::string& fault : senders.faults()) ADD_FAILURE() << fault;
  while (page() > 0 && !HasFailure()) continue;
  size_t missed = 0;
  for (const auto& [id, text] : senders.acknowledged()) {
    const auto at = seen.find(id);
    if (at == seen.end() || at->second != text) ++missed;
  }
  EXPECT_EQ(0u, missed) << "of " << senders.acknowledged().size();
}

TEST(Nodes, WorkThroughAPoolerInTransactionMode) {
  PostgresServer postgres;
  const auto database = postgres.createDatabase();
  const PgBouncer bouncer(postgres.address());
  Options options;
  options.stack = Stack::kPostgresql;
  options.plugins = allPlugins(Stack::kSqlite);  // it is about the database
  options.settings["database.url"] = bouncer.url(database->name());
  options.settings["database.prepared_statements"] = "off";
  Server server(options);
  Person alice(server, "alice"), bob(server, "bob");
  alice.publish("telephone");
  bob.publish("laptop");
  const std::int64_t id = alice.send(bob.id(), "through the pooler", R"({"n":1})");
  const auto messages = bob.inbox();
  ASSERT_EQ(1u, messages.size());
  EXPECT_EQ("through the pooler", messages[0].text);
  bob.acknowledge(id);
  SteadySenders senders({server.endpoint()}, alice.token(), bob.id(), 16);
  EXPECT_TRUE(senders.waitForMore(1000));
  senders.stop();
  for (const std::string& fault : senders.faults()) ADD_FAILURE() << fault;
  EXPECT_EQ(std::to_string(senders.acknowledged().size() + 1), database->value("SELECT count(*) FROM messages"));
  EXPECT_EQ(0, server.stop());
}

}  // namespace
}  // namespace kavro::testing
