// kavro.limiter/1 with a real Redis that is there.
#include "limiter_service.hpp"

#include <gtest/gtest.h>

#include <barrier>
#include <cstddef>
#include <limits>
#include <memory>

#include <kavro/services/limiter.hpp>

#include "node.hpp"
#include "tests/services/redis_server.hpp"

namespace kavro::limiter_redis {
namespace {

using namespace std::chrono_literals;

Detached run(Context, Task<bool> task, std::promise<bool>& finished) { finished.set_value(co_await task); }

class LimiterServiceTest : public ::testing::Test {
 protected:
  Node::Setup setup() const { return {.url = redis_.url(), .password = redis_.password()}; }
  long left(const std::string& key) const { return std::stol(redis_.execute({"PTTL", key})); }

  testing::RedisServer redis_;
};

TEST_F(LimiterServiceTest, CountsDownThenDenies) {
  Node node(setup());
  ASSERT_TRUE(node.isUp()) << "start() returns when Redis is there; " << node.log();
  const Outcome first = node.hit("k", {2, 1h});
  ASSERT_EQ(first.status, KAVRO_OK);
  EXPECT_EQ(first.decision->size, sizeof(kavro_limit_decision));
  EXPECT_EQ(first.decision->allowed, 1);
  EXPECT_EQ(first.decision->remaining, 1u);
  EXPECT_GT(first.decision->reset_ms, 3500000u);
  EXPECT_LE(first.decision->reset_ms, 3600000u);
  EXPECT_EQ(node.hit("k", {2, 1h}).decision->remaining, 0u);
  const Outcome denied = node.hit("k", {2, 1h});
  EXPECT_EQ(denied.status, KAVRO_OK);
  EXPECT_EQ(denied.decision->allowed, 0);
  EXPECT_EQ(denied.decision->remaining, 0u);
  EXPECT_GT(denied.decision->reset_ms, 3500000u);
  EXPECT_EQ(node.counts().hits, 3u);
  EXPECT_EQ(node.counts().allowed + node.counts().denied, 3u);
  EXPECT_EQ(node.counts().policyDecisions, 0u);
  EXPECT_EQ(node.log(), "Redis at " + redis_.url() + " counts\n");
}

TEST_F(LimiterServiceTest, ExactAcrossServers) {
  constexpr int kServers = 3, kThreads = 10, kHits = 10, kRounds = 10;
  std::vector<std::unique_ptr<Node>> nodes;
  for (int i = 0; i < kServers; ++i) nodes.push_back(std::make_unique<Node>(setup()));
  std::vector<std::atomic<int>> allowed(kRounds);
  std::barrier together(kThreads);
  std::vector<std::jthread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::size_t round = 0; round < kRounds; ++round) {
        together.arrive_and_wait();
        allowed[round] += nodes[thread % kServers]->hitMany(kHits, "k" + std::to_string(round), {5, 1h, 1h});
      }
    });
  }
  threads.clear();
  for (const auto& count : allowed) EXPECT_EQ(count, 5) << "of 100 hits at once, spread over three servers";
  for (const auto& node : nodes) EXPECT_EQ(node->counts().policyDecisions, 0u) << node->log();
}

TEST_F(LimiterServiceTest, ABlockHoldsOnEveryServer) {
  Node one(setup()), other(setup());
  one.hit("k", {2, 1min, 15min});
  const Outcome filling = other.hit("k", {2, 1min, 15min});
  EXPECT_TRUE(filling.allowed());
  EXPECT_GT(filling.decision->reset_ms, 800000u);
  EXPECT_FALSE(one.hit("k", {2, 1min, 15min}).allowed());
  EXPECT_GT(left("test:k"), 800000);
}

TEST_F(LimiterServiceTest, AResetEmptiesTheKeyOnEveryServer) {
  Node one(setup()), other(setup());
  EXPECT_TRUE(one.hit("k", {1, 1h}).allowed());
  EXPECT_FALSE(other.hit("k", {1, 1h}).allowed());
  const Outcome reset = other.reset("k");
  EXPECT_EQ(reset.status, KAVRO_OK);
  EXPECT_FALSE(reset.decision);
  EXPECT_EQ(redis_.execute({"EXISTS", "test:k"}), "0");
  EXPECT_TRUE(one.hit("k", {1, 1h}).allowed());
  EXPECT_EQ(other.counts().resets, 1u);
}

TEST_F(LimiterServiceTest, NoKeyLivesForEver) {
  Node node(setup());
  node.hitMany(20, "a", {5, 1h});
  node.hitMany(20, "b", {5, 1h, 2h});
  std::istringstream keys(redis_.execute({"KEYS", "*"}));
  int count = 0;
  for (std::string key; keys >> key; ++count) {
    EXPECT_TRUE(key.starts_with("test:")) << key;
    EXPECT_NE(left(key), -1) << key;
  }
  EXPECT_GE(count, 2);
}

TEST_F(LimiterServiceTest, KeysAreBytesBehindThePrefix) {
  Node::Setup mine = setup(), theirs = setup();
  mine.keyPrefix = "mine:";
  theirs.keyPrefix = "theirs: ";
  Node node(mine), other(theirs);
  const std::string key("a \0\r\n%b", 7);
  EXPECT_TRUE(node.hit(key, {1, 1h}).allowed());
  EXPECT_TRUE(other.hit(key, {1, 1h}).allowed());
  EXPECT_FALSE(node.hit(key, {1, 1h}).allowed());
  EXPECT_EQ(redis_.execute({"GET", "mine:" + key}), "1");
  EXPECT_EQ(redis_.execute({"GET", "theirs: " + key}), "1");
}

TEST_F(LimiterServiceTest, AnEmptiedScriptCacheChangesNothing) {
  Node node(setup());
  EXPECT_TRUE(node.hit("k", {3, 1h}).allowed());
  redis_.execute({"SCRIPT", "FLUSH"});
  EXPECT_EQ(node.hitMany(100, "k", {3, 1h}), 2);
  EXPECT_EQ(node.counts().policyDecisions, 0u);
  EXPECT_EQ(node.counts().outages, 0u) << node.log();
}

TEST_F(LimiterServiceTest, TheDatabaseOfTheUrl) {
  Node::Setup in5 = setup();
  in5.url = "redis://127.0.0.1:" + std::to_string(redis_.port()) + "/5";
  Node node(in5);
  EXPECT_TRUE(node.hit("k", {1, 1h}).allowed());
  EXPECT_NE(redis_.execute({"INFO", "keyspace"}).find("db5:keys="), std::string::npos);
  EXPECT_EQ(redis_.execute({"EXISTS", "test:k"}), "0") << "in database 0";
}

TEST_F(LimiterServiceTest, OverAUnixSocket) {
  Node::Setup local = setup();
  local.url = "unix://" + redis_.socket() + "?db=1";
  Node node(local), overTcp(setup());
  EXPECT_EQ(node.hitMany(50, "k", {7, 1h}), 7);
  EXPECT_TRUE(node.isUp()) << node.log();
  EXPECT_TRUE(overTcp.hit("k", {1, 1h}).allowed()) << "another database";
}

TEST_F(LimiterServiceTest, ByNameOfTheHost) {
  Node::Setup byName = setup();
  byName.url = "redis://localhost:" + std::to_string(redis_.port()) + "/0";
  Node node(byName);
  EXPECT_TRUE(node.hit("k", {1, 1h}).allowed());
  EXPECT_TRUE(node.isUp()) << node.log();
}

TEST_F(LimiterServiceTest, AsAUserWithJustTheRightsItNeeds) {
  redis_.execute({"ACL", "SETUSER", "kavro", "on", ">Open-Sesame-1", "~test:*", "-@all", "+eval", "+evalsha",
                  "+script|load", "+select", "+get", "+pttl", "+set", "+incr", "+pexpire", "+del"});
  Node::Setup asUser = setup();
  asUser.user = "kavro";
  asUser.password = "Open-Sesame-1";
  Node node(asUser);
  ASSERT_TRUE(node.isUp()) << node.log();
  EXPECT_EQ(node.hitMany(10, "k", {3, 1h, 1h}), 3);
  EXPECT_EQ(node.reset("k").status, KAVRO_OK);
  EXPECT_EQ(node.hitMany(10, "k", {3, 1h, 1h}), 3);
  EXPECT_EQ(node.counts().policyDecisions, 0u) << node.log();
}

TEST_F(LimiterServiceTest, RefusesLimitsThatAreNone) {
  Node node(setup());
  const kavro_limit noCount{sizeof noCount, 0, 0, 1000, 0};
  const kavro_limit noWindow{sizeof noWindow, 0, 1, 0, 0};
  const kavro_limit tooOld{8, 0, 1, 1000, 0};
  for (const kavro_limit* limit : {&noCount, &noWindow, &tooOld, static_cast<const kavro_limit*>(nullptr)}) {
    kavro_status status = -1;
    const auto store = [](void* user, kavro_status got, const kavro_limit_decision* decision) {
      EXPECT_EQ(decision, nullptr);
      *static_cast<kavro_status*>(user) = got;
    };
    node.table().hit(node.table().self, toAbi("k"), limit, store, &status);
    EXPECT_EQ(status, KAVRO_INVALID) << "at once";
  }
  EXPECT_EQ(redis_.execute({"EXISTS", "test:k"}), "0");
}

TEST_F(LimiterServiceTest, EndlessWindowsAreCut) {
  Node node(setup());
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  const kavro_limit limit{sizeof limit, 0, kMost, kMost, kMost};
  std::promise<kavro_limit_decision> decided;
  node.table().hit(
      node.table().self, toAbi("k"), &limit,
      [](void* user, kavro_status status, const kavro_limit_decision* decision) {
        EXPECT_EQ(status, KAVRO_OK);
        static_cast<std::promise<kavro_limit_decision>*>(user)->set_value(decision ? *decision
                                                                                   : kavro_limit_decision{});
      },
      &decided);
  const kavro_limit_decision decision = decided.get_future().get();
  EXPECT_EQ(decision.remaining, kMost - 1);
  EXPECT_LE(std::chrono::milliseconds(decision.reset_ms), kPeriodMax);
  EXPECT_GT(std::chrono::milliseconds(decision.reset_ms), kPeriodMax - 1h);
}

TEST_F(LimiterServiceTest, WorksThroughTheSdk) {
  Node node(setup());
  const Limiter limiter(&node.table());
  std::vector<LimitDecision> decisions;
  const auto count = [&]() -> Task<bool> {
    for (int i = 0; i < 3; ++i) decisions.push_back(co_await limiter.hit("k", {2, 1min}));
    co_await limiter.reset("k");
    decisions.push_back(co_await limiter.hit("k", {2, 1min}));
    co_return true;
  };
  std::promise<bool> finished;
  std::future<bool> end = finished.get_future();
  run({}, count(), finished);
  ASSERT_EQ(end.wait_for(kPatience), std::future_status::ready);
  ASSERT_EQ(decisions.size(), 4u);
  EXPECT_TRUE(decisions[1].allowed);
  EXPECT_FALSE(decisions[2].allowed);
  EXPECT_TRUE(decisions[3].allowed);
  EXPECT_EQ(decisions[3].remaining, 1u);
}

}  // namespace
}  // namespace kavro::limiter_redis
