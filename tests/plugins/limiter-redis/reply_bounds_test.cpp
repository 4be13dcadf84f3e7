// A Redis, or a proxy in front of one, that has lost its way. hiredis 0.14 by itself ends the process when an answer comes
// that nobody asked for, and makes 2^31 parts when an array announces so many.
#include "reply_bounds.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "fake_redis.hpp"
#include "node.hpp"

namespace kavro::limiter_redis {
namespace {

using namespace std::chrono_literals;

// Not the probe: at its answer a connection is still opening.
bool isHit(const Words& command) { return command[0] == "EVALSHA"; }

// What it says to the first hit; after that it is as good as any.
class BrieflyMad {
 public:
  explicit BrieflyMad(std::string answer)
      : redis_([this, answer](const Words& command) {
          return isHit(command) && !answered_.exchange(true) ? answer : FakeRedis::good(command);
        }) {}

  std::string url() const { return redis_.url(); }

 private:
  std::atomic<bool> answered_ = false;
  const FakeRedis redis_;  // last: its thread uses the rest
};

// The hit is the policy's, the log says why, and the next connection is a good one.
void expectAwayAndBack(const std::string& answer, std::string_view reason) {
  const BrieflyMad redis(answer);
  Node node({.url = redis.url(), .onFailure = OnFailure::kDeny});
  ASSERT_TRUE(node.isUp()) << node.log();
  EXPECT_FALSE(node.hit("k", {3, 1h}).allowed()) << reason;
  EXPECT_TRUE(node.logs("is away: " + std::string(reason))) << node.log();
  ASSERT_TRUE(eventually([&] { return node.counts().connects == 2u && node.isUp(); })) << node.log();
  EXPECT_TRUE(node.hit("k", {3, 1h}).allowed()) << node.log();
}

TEST(ReplyBounds, AnAnswerThatNobodyAskedForIsAnOutage) {
  const std::string twice = std::string(FakeRedis::kAllowed) + FakeRedis::kAllowed;
  const BrieflyMad redis(twice);
  Node node({.url = redis.url(), .onFailure = OnFailure::kDeny});
  EXPECT_TRUE(node.hit("k", {3, 1h}).allowed()) << "the first of the two is its answer";
  EXPECT_TRUE(node.logs("is away: it sends an answer that nobody asked for"))
      << node.log();
  ASSERT_TRUE(eventually([&] { return node.counts().connects == 2u && node.isUp(); })) << node.log();
  EXPECT_TRUE(node.hit("k", {3, 1h}).allowed()) << node.log();
}

TEST(ReplyBounds, SoItIsWhateverItsType) {
  for (const char* unasked : {"+OK\r\n", ":1\r\n", "$2\r\nOK\r\n", "$-1\r\n", "*-1\r\n", "*0\r\n"}) {
    const BrieflyMad redis(std::string(FakeRedis::kAllowed) + unasked);
    Node node({.url = redis.url()});
    EXPECT_TRUE(node.hit("k", {3, 1h}).allowed());
    EXPECT_TRUE(node.logs("that nobody asked for")) << unasked << node.log();
  }
}

// Redis says so to whom it will not serve any longer.
TEST(ReplyBounds, AnErrorThatNobodyAskedForIsTheReason) {
  const BrieflyMad redis(std::string(FakeRedis::kAllowed) + "-ERR going away\r\n");
  Node node({.url = redis.url()});
  EXPECT_TRUE(node.hit("k", {3, 1h}).allowed());
  EXPECT_TRUE(node.logs("is away: ERR going away")) << node.log();
}

// As a POP3 server greets, and more often than there are questions.
TEST(ReplyBounds, AnotherServersGreetingIsAnOutage) {
  const Peer peer([](int connection) {
    std::string lines;
    for (int i = 0; i < 100; ++i) lines += "+OK POP3 ready\r\n";
    Peer::say(connection, lines);
    char byte;
    while (recv(connection, &byte, 1, 0) > 0) {
    }
  });
  Node node({.url = peer.url()});
  EXPECT_FALSE(node.isUp());
  EXPECT_EQ(node.hitMany(5, "k", {3, 1h}), 3);
  EXPECT_TRUE(node.logs("is away: it answers SCRIPT LOAD with something else than a hash")) << node.log();
}

TEST(ReplyBounds, AnArrayHasNoMorePartsThanTheScriptGives) {
  const std::string_view longer = "it answers with an array that is longer";
  expectAwayAndBack("*2147483647\r\n", longer);
  expectAwayAndBack("*2147483647\r\n:1\r\n:1\r\n", longer);
  expectAwayAndBack("*17\r\n", longer);
  std::string sixteen = "*16\r\n";
  for (int i = 0; i < 16; ++i) sixteen += ":1\r\n";
  expectAwayAndBack(sixteen, "it answers a hit with something else than three numbers");
}

TEST(ReplyBounds, AnArrayHoldsNoArrays) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "*1\r\n";
  expectAwayAndBack(deep, "it answers with an array in an array");
  expectAwayAndBack("*3\r\n:1\r\n:1\r\n*0\r\n", "it answers with an array in an array");
}

TEST(ReplyBounds, AnAnswerEndsSoonerOrLater) {
  const std::string_view longer = "it sends an answer that is longer";
  const std::string much(1'000'000, '9');
  expectAwayAndBack("-ERR " + much, longer);
  expectAwayAndBack("-ERR " + much + "\r\n", longer);
  expectAwayAndBack("$2000000000\r\n" + much, longer);
  expectAwayAndBack("*3\r\n:1\r\n$2000000000\r\n" + much, longer);
  expectAwayAndBack(":" + much + "\r\n", longer);
  expectAwayAndBack("*" + much + "\r\n", longer);
}

TEST(ReplyBounds, WhatIsNotRedisTwoIsAnOutage) {
  for (const char* answer :
       {"$-5\r\n", "*-7\r\n", "*2147483648\r\n", "$99999999999999999999\r\n", ":1x\r\n", "_\r\n", "#t\r\n", ",1.5\r\n",
        "(12345678901234567890\r\n", "%1\r\n+a\r\n:1\r\n", "~1\r\n:1\r\n",
        ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n"}) {
    expectAwayAndBack(answer, "");
  }
}

TEST(ReplyBounds, AnAnswerMayComeByteByByte) {
  const FakeRedis redis(FakeRedis::good, FakeRedis::Sends::kByteByByte);
  Node node({.url = redis.url()});
  ASSERT_TRUE(node.isUp()) << node.log();
  EXPECT_EQ(node.hitMany(50, "k", {3, 1h}), 50) << "as the fake says";
  EXPECT_EQ(node.counts().policyDecisions, 0u);
  EXPECT_EQ(node.counts().outages, 0u) << node.log();
}

// Half an answer and then nothing: the time-out's, as if nothing had come.
TEST(ReplyBounds, HalfAnAnswerIsNone) {
  const BrieflyMad redis("*3\r\n:1\r\n:1");
  Node node({.url = redis.url(), .onFailure = OnFailure::kDeny, .timeout = 100ms});
  EXPECT_FALSE(node.hit("k", {3, 1h}).allowed());
  EXPECT_TRUE(node.logs("no answer within 100ms")) << node.log();
}

// It must not be asked again and again, each time with a script.
TEST(ReplyBounds, WhoNeverHasTheScriptIsAskedTwice) {
  std::atomic<int> asked = 0;
  std::atomic<bool> probed = false;
  const FakeRedis redis([&](const Words& command) -> std::string {
    const bool isProbe = command[0] == "EVAL" && !probed.exchange(true);
    if (!command[0].starts_with("EVAL") || isProbe) return FakeRedis::good(command);
    ++asked;
    return "-NOSCRIPT No matching script. Please use EVAL.\r\n";
  });
  Node node({.url = redis.url(), .onFailure = OnFailure::kDeny});
  EXPECT_FALSE(node.hit("k", {3, 1h}).allowed());
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(node.counts().refused, 1u);
}

// What Redis says to the wrong question is no answer.
TEST(ReplyBounds, AResetThatIsAnsweredByAHitIsOwed) {
  std::atomic<int> resets = 0;
  const FakeRedis redis([&](const Words& command) {
    return command[0] == "DEL" && ++resets == 1 ? FakeRedis::kAllowed : FakeRedis::good(command);
  });
  Node node({.url = redis.url()});
  EXPECT_EQ(node.reset("k").status, KAVRO_OK);
  EXPECT_TRUE(eventually([&] { return resets == 2; })) << node.log();
  EXPECT_TRUE(node.logs("it answers DEL with something else than a number")) << node.log();
}

TEST(ReplyBounds, AfterAStrangeAnswerNoneOfThatConnectionIsBelieved) {
  const BrieflyMad redis("+OK\r\n" + std::string(FakeRedis::kAllowed));
  Node node({.url = redis.url(), .onFailure = OnFailure::kDeny});
  EXPECT_EQ(node.hitMany(2, "k", {3, 1h}), 0);
  EXPECT_TRUE(node.logs("it answers a hit with something else than three numbers")) << node.log();
}

// A greeting with a strange answer never gets as far as kReady.
TEST(ReplyBounds, EveryAnswerOfTheGreetingIsLookedAt) {
  struct Case {
    const char* command;
    const char* answer;
  };
  for (const Case& test : {Case{"AUTH", ":1\r\n"}, Case{"SELECT", "$2\r\nOK\r\n"}, Case{"SCRIPT", "$3\r\nabc\r\n"},
                           Case{"SCRIPT", "+OK\r\n"}, Case{"EVAL", "+OK\r\n"}, Case{"EVAL", "*2\r\n:1\r\n:1\r\n"}}) {
    const FakeRedis redis(
        [&](const Words& command) { return command[0] == test.command ? test.answer : FakeRedis::good(command); });
    Node node({.url = redis.url() + "/1", .password = "Open-Sesame-1"});
    EXPECT_FALSE(node.isUp()) << test.command;
    EXPECT_TRUE(node.logs("with something else than")) << test.command << node.log();
  }
}

}  // namespace
}  // namespace kavro::limiter_redis
