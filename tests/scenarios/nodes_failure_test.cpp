// Three nodes behind nginx on one PostgreSQL and one Redis, 64 connections that send, and one of them all goes away:
// nothing that was acknowledged is lost, nothing is there twice, and it goes on when it is back.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <set>

#include "tests/scenarios/nodes.hpp"
#include "tests/scenarios/senders.hpp"
#include "tests/scenarios/steady_senders.hpp"
#include "tests/services/nginx_server.hpp"

namespace kavro::testing {
namespace {

using std::chrono::milliseconds;
using Clock = SteadySenders::Clock;

constexpr int kNodes = 3;
constexpr int kConnections = 64;
constexpr size_t kUnderLoad = 1000;  // acknowledged before and after what happens
constexpr milliseconds kRecoveryMax{2000};
// [database] wait_timeout, time-outs of connecting, and a busy machine.
constexpr milliseconds kAnswerMax{6000};

milliseconds between(Clock::time_point start, Clock::time_point end) {
  return std::chrono::duration_cast<milliseconds>(end - start);
}

// What was measured, beside whether it was good enough.
void report(const char* what, milliseconds time) {
  std::printf("[ MEASURED ] %s: %lld ms\n", what, static_cast<long long>(time.count()));
}

class NodesUnderLoad : public ::testing::Test {
 protected:
  explicit NodesUnderLoad(const std::map<std::string, std::string>& settings = {})
      : nodes_(kNodes, settings), nginx_(nodes_.ports(), ServiceTransport::kPlain) {
    Client client(front());
    alice_ = client.registerUser("alice");
    bob_ = client.registerUser("bob");
    senders_ = std::make_unique<SteadySenders>(std::vector{front()}, alice_, client.userId(bob_), kConnections);
  }

  Endpoint front() const { return {nginx_.port(), nginx_.isTls(), nginx_.certificate()}; }

  // Ends the load: every acknowledged message is there, once, under its id; and no message is there twice.
  void expectEachMessageOnce() {
    senders_->stop();
    for (const std::string& fault : senders_->faults()) ADD_FAILURE() << fault;
    Client client(front());
    std::map<std::int64_t, std::string> found;
    std::set<std::string> texts;
    for (const auto& [id, text] : wholeInbox(client.bearer(bob_))) {
      EXPECT_TRUE(found.emplace(id, text).second) << "message " << id << " is listed twice";
      EXPECT_TRUE(texts.insert(text).second) << text << " is there twice";
    }
    EXPECT_EQ(std::to_string(found.size()), nodes_.database().value("SELECT count(*) FROM messages"));
    std::set<std::int64_t> ids;
    size_t lost = 0;
    for (const auto& [id, text] : senders_->acknowledged()) {
      EXPECT_TRUE(ids.insert(id).second) << "the id " << id << " was given twice";
      const auto at = found.find(id);
      if (at == found.end() || at->second != text) ++lost;
    }
    EXPECT_EQ(0u, lost) << "of " << ids.size() << " acknowledged messages";
    std::string statuses;
    for (const auto& [status, count] : senders_->statuses()) {
      statuses += " " + std::to_string(status) + ": " + std::to_string(count);
    }
    std::printf("[ MEASURED ] acknowledged %zu, stored %zu; answers%s\n", ids.size(), found.size(), statuses.c_str());
    const auto durations = senders_->durationsSince({});
    report("slowest answer", durations.back());
    EXPECT_LT(durations.back(), kAnswerMax);
  }

  Nodes nodes_;
  NginxServer nginx_;
  std::string alice_, bob_;
  std::unique_ptr<SteadySenders> senders_;
};

TEST_F(NodesUnderLoad, OneIsKilledAndComesBack) {
  ASSERT_TRUE(senders_->waitForMore(kUnderLoad));
  const Clock::time_point killed = Clock::now();
  nodes_.node(0).kill9();
  const auto next = senders_->waitForMore(1);
  ASSERT_TRUE(next) << "the others do not go on";
  report("from the kill to the next acknowledgement", between(killed, *next));
  EXPECT_LT(between(killed, *next), kRecoveryMax);
  ASSERT_TRUE(senders_->waitForMore(kUnderLoad));

  nodes_.node(0).restart();
  Client one(nodes_.endpoint(0));
  EXPECT_EQ(200, one.bearer(bob_).get("/messages/inbox?limit=1").status) << "it serves again, with the others' tokens";
  ASSERT_TRUE(senders_->waitForMore(kUnderLoad));
  expectEachMessageOnce();
}

TEST_F(NodesUnderLoad, PostgresqlIsStoppedAtOnceAndStartedAgain) {
  ASSERT_TRUE(senders_->waitForMore(kUnderLoad));
  nodes_.postgres().stopImmediate();
  ASSERT_TRUE(senders_->waitForStatus(503, kConnections)) << "nobody is told that the database is away";
  nodes_.postgres().start();
  const Clock::time_point ready = Clock::now();
  const auto next = senders_->waitForMore(1);
  ASSERT_TRUE(next) << "sending does not work again";
  report("from PostgreSQL's readiness to the next acknowledgement", between(ready, *next));
  EXPECT_LT(between(ready, *next), kRecoveryMax);
  ASSERT_TRUE(senders_->waitForMore(kUnderLoad));
  expectEachMessageOnce();
}

// A short one is not noticed by those who send: requests wait for it, up to [database] wait_timeout.
TEST_F(NodesUnderLoad, PostgresqlIsKilledAndStartedAtOnce) {
  ASSERT_TRUE(senders_->waitForMore(kUnderLoad));
  nodes_.postgres().kill9();
  nodes_.postgres().start();
  const Clock::time_point ready = Clock::now();
  const auto next = senders_->waitForMore(1);
  ASSERT_TRUE(next) << "sending does not work again";
  report("from PostgreSQL's readiness to the next acknowledgement", between(ready, *next));
  EXPECT_LT(between(ready, *next), kRecoveryMax);
  ASSERT_TRUE(senders_->waitForMore(kUnderLoad));
  expectEachMessageOnce();
}

TEST_F(NodesUnderLoad, RedisIsKilledAndStartedAgain) {
  ASSERT_TRUE(senders_->waitForMore(kUnderLoad));
  nodes_.redis().kill9();
  ASSERT_TRUE(senders_->waitForMore(kUnderLoad)) << "sending needs Redis";
  nodes_.redis().start();
  const Clock::time_point ready = Clock::now();
  // Each node counts in it again when it has keys that only a request makes.
  while (nodes_.redis().execute({"DBSIZE"}) == "0") {
    ASSERT_LT(between(ready, Clock::now()), kRecoveryMax) << "Redis is back, and nobody counts in it";
    ASSERT_TRUE(senders_->waitForMore(1));
  }
  report("from Redis's readiness to the first count in it", between(ready, Clock::now()));
  ASSERT_TRUE(senders_->waitForMore(kUnderLoad));
  expectEachMessageOnce();
  EXPECT_EQ(0u, senders_->statuses().count(503));
}

class NodesOfShortPatience : public NodesUnderLoad {
 protected:
  NodesOfShortPatience() : NodesUnderLoad({{"database.statement_timeout", "1s"}}) {}

  // PostgreSQL's main process and all of its children.
  std::vector<pid_t> processesOfPostgres() {
    const std::string main = std::to_string(nodes_.postgres().pid());
    std::vector<pid_t> processes{nodes_.postgres().pid()};
    std::ifstream children("/proc/" + main + "/task/" + main + "/children");
    for (pid_t child = 0; children >> child;) processes.push_back(child);
    return processes;
  }
};

// Connections stay open and say nothing, and new ones are accepted by the system: only time-outs help.
TEST_F(NodesOfShortPatience, PostgresqlStandsStill) {
  ASSERT_TRUE(senders_->waitForMore(kUnderLoad));
  const std::vector<pid_t> stopped = processesOfPostgres();
  ASSERT_GT(stopped.size(), 5u);
  for (const pid_t process : stopped) ::kill(process, SIGSTOP);
  EXPECT_TRUE(senders_->waitForStatus(503, kConnections)) << "nobody is told that the database is away";
  for (const pid_t process : stopped) ::kill(process, SIGCONT);
  const Clock::time_point resumed = Clock::now();
  const auto next = senders_->waitForMore(1);
  ASSERT_TRUE(next) << "sending does not work again";
  report("from PostgreSQL going on to the next acknowledgement", between(resumed, *next));
  ASSERT_TRUE(senders_->waitForMore(kUnderLoad));
  expectEachMessageOnce();
}

// Connections to a process that is stopped stay open and say nothing.
TEST_F(NodesUnderLoad, RedisStandsStill) {
  constexpr milliseconds kGoal{250};
  constexpr milliseconds kBound{1000};  // a test machine is busy
  ASSERT_TRUE(senders_->waitForMore(kUnderLoad));
  nodes_.redis().pause();
  const Clock::time_point paused = Clock::now();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(senders_->waitForMore(kUnderLoad)) << "sending waits for Redis";
  const auto durations = senders_->durationsSince(paused);
  const milliseconds p99 = durations[durations.size() * 99 / 100];
  report(p99 <= kGoal ? "99th percentile, as it should be" : "99th percentile, more than 250 ms", p99);
  EXPECT_LT(p99, kBound);
  nodes_.redis().resume();
  ASSERT_TRUE(senders_->waitForMore(kUnderLoad));
  expectEachMessageOnce();
  EXPECT_EQ(0u, senders_->statuses().count(503));
}

}  // namespace
}  // namespace kavro::testing
