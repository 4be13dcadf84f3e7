// What happens when Redis goes away, and when it comes back.
#include <gtest/gtest.h>

#include "node.hpp"
#include "tests/services/redis_server.hpp"
#include "tests/services/service_process.hpp"

namespace kavro::limiter_redis {
namespace {

using namespace std::chrono_literals;

// For tests in which Redis must not be late by itself, on a busy machine.
constexpr auto kTimeout = 250ms;
// What is measured may take so much longer there.
constexpr auto kSlack = 2s;

class OutageTest : public ::testing::Test {
 protected:
  Node::Setup setup(std::chrono::milliseconds timeout = kPatience) const {
    return {.url = redis_.url(), .password = redis_.password(), .timeout = timeout};
  }
  // As setup(), but with nobody there.
  Node::Setup nobody(OnFailure policy) const {
    return {.url = "redis://127.0.0.1:" + std::to_string(testing::findFreePort()), .onFailure = policy};
  }

  testing::RedisServer redis_;
};

TEST_F(OutageTest, AStoppedRedisCostsOneTimeoutAndThenNothing) {
  Node node(setup(kTimeout));
  ASSERT_TRUE(node.hit("k", {1000, 1h}).allowed()) << node.log();
  redis_.pause();
  std::vector<std::future<Outcome>> outcomes;
  for (int i = 0; i < 100; ++i) outcomes.push_back(node.startHit("stopped", {10, 1h}));
  int allowed = 0;
  for (auto& future : outcomes) {
    const Outcome outcome = Node::await(std::move(future));
    allowed += outcome.allowed();
    EXPECT_LT(outcome.took, kTimeout + kSlack);
  }
  EXPECT_EQ(allowed, 10) << "by this server's own counters";
  EXPECT_GT(node.counts().timeouts, 0u);
  ASSERT_TRUE(node.waitUntilAway());
  for (int i = 0; i < 100; ++i) {
    const Outcome outcome = node.hit("stopped", {10, 1h});
    EXPECT_EQ(outcome.thread, std::this_thread::get_id()) << "at once, without asking anybody";
    EXPECT_FALSE(outcome.allowed());
  }
  EXPECT_TRUE(node.logs("is away: no answer within 250ms")) << node.log();
  EXPECT_TRUE(node.logs("on_failure = local decides: this server counts by itself")) << node.log();
  EXPECT_EQ(node.lines().size(), 2u) << node.log();

  const auto resumed = Clock::now();
  redis_.resume();
  ASSERT_TRUE(node.waitUntilUp()) << node.log();
  EXPECT_LT(Clock::now() - resumed, 2s);
  EXPECT_TRUE(node.hit("back", {1, 1h}).allowed());
  EXPECT_EQ(redis_.execute({"GET", "test:back"}), "1") << "Redis counts again";
  EXPECT_TRUE(node.logs("is back after")) << node.log();
  EXPECT_TRUE(node.logs("on_failure = local decided 200 hits")) << node.log();
  EXPECT_EQ(node.counts().connects, 2u);
  EXPECT_EQ(node.counts().outages, 1u);
}

// The system still accepts connections for a stopped process: that alone must not count as back.
TEST_F(OutageTest, AStoppedRedisStaysAway) {
  Node::Setup impatient = setup(kTimeout);
  impatient.connectTimeout = 20ms;
  Node node(impatient);
  ASSERT_TRUE(node.waitUntilUp());
  redis_.pause();
  ASSERT_TRUE(eventually([&] {
    node.hit("k", {1, 1h});
    return !node.isUp();
  }));
  const std::uint64_t connects = node.counts().connects;
  // Several attempts' time, in which every hit is answered at once.
  const auto end = Clock::now() + 500ms;
  while (Clock::now() < end) {
    ASSERT_EQ(node.hit("other", {1, 1h}).thread, std::this_thread::get_id()) << node.log();
  }
  EXPECT_EQ(node.counts().connects, connects);
  redis_.resume();
}

TEST_F(OutageTest, AKilledRedisAnswersNothingTwiceAndComesBackEmpty) {
  Node node(setup());
  redis_.pause();  // so that these are on their way for sure
  std::vector<std::future<Outcome>> outcomes;
  for (int i = 0; i < 50; ++i) outcomes.push_back(node.startHit("k", {5, 1h}));
  outcomes.push_back(node.startReset("other"));
  EXPECT_EQ(outcomes.front().wait_for(20ms), std::future_status::timeout);
  redis_.kill9();
  int allowed = 0;
  for (auto& outcome : outcomes) allowed += Node::await(std::move(outcome)).allowed();
  EXPECT_EQ(allowed, 5) << "each got the policy's answer";
  EXPECT_TRUE(node.logs("is away")) << node.log();
  ASSERT_TRUE(node.waitUntilAway());
  EXPECT_FALSE(node.hit("k", {5, 1h}).allowed());

  redis_.start();
  const auto started = Clock::now();
  ASSERT_TRUE(node.waitUntilUp()) << node.log();
  EXPECT_LT(Clock::now() - started, 2s);
  EXPECT_EQ(node.hitMany(20, "k", {5, 1h}), 5) << "the new Redis knows neither the script nor the key";
}

TEST_F(OutageTest, ALateReplyIsIgnored) {
  Node node(setup(30ms));
  redis_.pause();
  EXPECT_TRUE(node.hit("k", {1, 1h}).allowed()) << "by the policy";
  redis_.resume();
  ASSERT_TRUE(node.waitUntilUp());
  // Redis found the hit in its buffer and counted it: more than was answered, never less.
  EXPECT_FALSE(node.hit("k", {1, 1h}).allowed());
}

TEST_F(OutageTest, AResetWhileRedisIsAwayIsMadeUpFor) {
  Node node(setup(kTimeout));
  EXPECT_EQ(node.hitMany(3, "k", {3, 1h}), 3);
  EXPECT_FALSE(node.hit("k", {3, 1h}).allowed());
  redis_.pause();
  node.hit("other", {1, 1h});
  ASSERT_TRUE(node.waitUntilAway());
  EXPECT_EQ(node.hitMany(3, "k", {3, 1h}), 3);
  EXPECT_FALSE(node.hit("k", {3, 1h}).allowed());
  EXPECT_EQ(node.reset("k").status, KAVRO_OK);
  EXPECT_TRUE(node.hit("k", {3, 1h}).allowed()) << "this server's own counter is empty at once";
  redis_.resume();
  ASSERT_TRUE(node.waitUntilUp());
  EXPECT_EQ(node.hit("k", {3, 1h}).decision->remaining, 2u) << "Redis's before anything else";
}

TEST_F(OutageTest, AResetOnItsWayIsMadeUpFor) {
  const std::vector<std::string> letIn{"ACL", "SETUSER", "kavro", "on", ">Open-Sesame-1", "~*", "+@all"};
  redis_.execute(letIn);
  Node::Setup asUser = setup();
  asUser.user = "kavro";
  asUser.password = "Open-Sesame-1";
  Node node(asUser);
  node.hit("k", {3, 1h});
  redis_.pause();
  auto reset = node.startReset("k");
  EXPECT_EQ(reset.wait_for(20ms), std::future_status::timeout);
  redis_.kill9();
  EXPECT_EQ(Node::await(std::move(reset)).status, KAVRO_OK);
  redis_.start();
  redis_.execute({"SET", "test:k", "3"});  // as a Redis that keeps its data would have it
  redis_.execute(letIn);                   // not before
  ASSERT_TRUE(node.waitUntilUp());
  EXPECT_TRUE(node.hit("k", {3, 1h}).allowed());
}

TEST_F(OutageTest, NobodyThereLocal) {
  Node node(nobody(OnFailure::kLocal));
  EXPECT_FALSE(node.isUp());
  EXPECT_EQ(node.hitMany(10, "k", {3, 1h}), 3);
  EXPECT_EQ(node.counts().policyDecisions, 10u);
  EXPECT_TRUE(node.logs("is away: Connection refused")) << node.log();
  EXPECT_TRUE(node.logs("What to do: see that Redis runs")) << node.log();
}

TEST_F(OutageTest, NobodyThereAllow) {
  Node node(nobody(OnFailure::kAllow));
  EXPECT_EQ(node.hitMany(10, "k", {3, 1h}), 10);
  EXPECT_EQ(node.hit("k", {3, 1h}).decision->remaining, 3u);
  EXPECT_TRUE(node.logs("every hit is allowed")) << node.log();
}

TEST_F(OutageTest, NobodyThereDeny) {
  Node node(nobody(OnFailure::kDeny));
  EXPECT_EQ(node.hitMany(10, "k", {3, 1h}), 0);
  const Outcome denied = node.hit("k", {3, 1h});
  EXPECT_EQ(denied.status, KAVRO_OK);
  EXPECT_EQ(denied.decision->reset_ms, 1000u);
  EXPECT_TRUE(node.logs("every hit is denied")) << node.log();
}

TEST_F(OutageTest, ComesUpWhenRedisIsStartedLater) {
  redis_.stop();
  Node node(setup());
  EXPECT_FALSE(node.isUp());
  redis_.start();
  ASSERT_TRUE(node.waitUntilUp()) << node.log();
  EXPECT_EQ(node.hitMany(10, "k", {3, 1h}), 3);
}

TEST_F(OutageTest, AFullQueueIsThePolicys) {
  Node::Setup small = setup();
  small.queueMax = 10;
  Node node(small);
  redis_.pause();
  std::vector<std::future<Outcome>> outcomes;
  for (int i = 0; i < 30; ++i) outcomes.push_back(node.startHit("k", {100, 1h}));
  int atOnce = 0;
  for (auto& outcome : outcomes) atOnce += outcome.wait_for(0s) == std::future_status::ready;
  EXPECT_EQ(atOnce, 20);
  EXPECT_EQ(node.counts().queueFull, 20u);
  EXPECT_EQ(node.counts().waiting, 10u);
  EXPECT_TRUE(node.isUp()) << "many hits are no reason to think that Redis is away";
  redis_.resume();
  for (auto& outcome : outcomes) EXPECT_TRUE(Node::await(std::move(outcome)).allowed());
  EXPECT_EQ(redis_.execute({"GET", "test:k"}), "10");
}

TEST_F(OutageTest, StopAnswersEverythingThatWaits) {
  Node node(setup());
  redis_.pause();
  std::vector<std::future<Outcome>> outcomes;
  for (int i = 0; i < 50; ++i) outcomes.push_back(node.startHit("k", {5, 1h}));
  std::future<Outcome> reset = node.startReset("k");
  node.stop();
  int allowed = 0;
  for (auto& outcome : outcomes) {
    ASSERT_EQ(outcome.wait_for(0s), std::future_status::ready);
    allowed += outcome.get().allowed();
  }
  EXPECT_EQ(allowed, 5);
  ASSERT_EQ(reset.wait_for(0s), std::future_status::ready);
  EXPECT_EQ(reset.get().status, KAVRO_UNAVAILABLE);
  EXPECT_EQ(node.hit("late", {1, 1h}).thread, std::this_thread::get_id()) << "after the stop";
  EXPECT_FALSE(node.logged("is away")) << "a stop is no outage: " << node.log();
}

TEST_F(OutageTest, AWrongPasswordIsAwayWithTheRemedy) {
  for (const std::string& password : {std::string("wrong-password-1"), std::string()}) {
    Node::Setup wrong = setup();
    wrong.password = password;
    Node node(wrong);
    EXPECT_FALSE(node.isUp());
    EXPECT_EQ(node.hitMany(5, "k", {3, 1h}), 3);
    EXPECT_TRUE(node.logs(password.empty() ? "NOAUTH" : "WRONGPASS")) << node.log();
    EXPECT_TRUE(node.logs("password_file")) << node.log();
    EXPECT_FALSE(node.logged("wrong-password-1")) << node.log();
    // Once somebody sets it right in Redis, it is there.
    redis_.execute({"ACL", "SETUSER", "default", ">wrong-password-1", password.empty() ? "nopass" : "on"});
    EXPECT_TRUE(node.waitUntilUp()) << node.log();
  }
}

TEST_F(OutageTest, ADatabaseThatIsNotThereIsAway) {
  Node::Setup wrong = setup();
  wrong.url = "redis://127.0.0.1:" + std::to_string(redis_.port()) + "/99";
  Node node(wrong);
  EXPECT_FALSE(node.isUp());
  EXPECT_TRUE(node.logs("DB index is out of range")) << node.log();
}

TEST_F(OutageTest, AReplicaIsAwayUntilItIsPromoted) {
  Node node(setup());
  redis_.execute({"REPLICAOF", "127.0.0.1", std::to_string(testing::findFreePort())});
  EXPECT_EQ(node.hitMany(10, "k", {3, 1h}), 3) << "by the policy";
  ASSERT_TRUE(node.waitUntilAway());
  EXPECT_TRUE(node.logs("READONLY")) << node.log();
  EXPECT_TRUE(node.logs("REPLICAOF NO ONE")) << node.log();
  const std::uint64_t connects = node.counts().connects;
  Node another(setup());
  EXPECT_FALSE(another.isUp()) << "loading the script is allowed on a replica, and proves nothing";
  EXPECT_EQ(node.counts().connects, connects);
  redis_.execute({"REPLICAOF", "NO", "ONE"});
  ASSERT_TRUE(node.waitUntilUp()) << node.log();
  EXPECT_EQ(node.hitMany(10, "k", {3, 1h}), 3);
}

TEST_F(OutageTest, AFullRedisIsAwayUntilThereIsRoom) {
  Node node(setup());
  redis_.execute({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(node.hitMany(10, "k", {3, 1h}), 3) << "by the policy";
  ASSERT_TRUE(node.waitUntilAway());
  EXPECT_TRUE(node.logs("OOM")) << node.log();
  redis_.execute({"CONFIG", "SET", "maxmemory", "0"});
  ASSERT_TRUE(node.waitUntilUp()) << node.log();
}

TEST_F(OutageTest, AKeyOfSomebodyElseConcernsOnlyItsHits) {
  Node node(setup());
  redis_.execute({"LPUSH", "test:list", "x"});
  redis_.execute({"SET", "test:word", "x"});
  for (const char* key : {"list", "word"}) EXPECT_EQ(node.hitMany(5, key, {3, 1h}), 3) << "by the policy";
  EXPECT_EQ(node.counts().refused, 10u);
  EXPECT_EQ(node.hitMany(5, "good", {3, 1h}), 3);
  EXPECT_EQ(redis_.execute({"GET", "test:good"}), "3");
  EXPECT_EQ(node.counts().outages, 0u) << node.log();
  EXPECT_TRUE(node.logs("refused to count a hit")) << node.log();
  EXPECT_EQ(node.reset("list").status, KAVRO_OK);
  EXPECT_EQ(node.hitMany(5, "list", {3, 1h}), 3);
  EXPECT_EQ(redis_.execute({"GET", "test:list"}), "3") << "a reset makes it a counter";
}

}  // namespace
}  // namespace kavro::limiter_redis
