#include "hit_answer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace kavro::limiter_redis {
namespace {

constexpr long long kMost = std::numeric_limits<long long>::max();
constexpr Limit kLimit{5, std::chrono::hours(1), {}};

std::optional<Decision> read(long long allowed, long long count, long long left) {
  std::array<redisReply, 3> parts{};
  std::array<redisReply*, 3> pointers{&parts[0], &parts[1], &parts[2]};
  for (redisReply& part : parts) part.type = REDIS_REPLY_INTEGER;
  parts[0].integer = allowed;
  parts[1].integer = count;
  parts[2].integer = left;
  redisReply reply{};
  reply.type = REDIS_REPLY_ARRAY;
  reply.elements = parts.size();
  reply.element = pointers.data();
  return decisionOf(reply, kLimit);
}

TEST(HitAnswer, ThreeNumbersAreADecision) {
  const auto allowed = read(1, 2, 60'000);
  ASSERT_TRUE(allowed);
  EXPECT_TRUE(allowed->allowed);
  EXPECT_EQ(allowed->remaining, 3u);
  EXPECT_EQ(allowed->reset, std::chrono::minutes(1));
  const auto denied = read(0, 5, 60'000);
  ASSERT_TRUE(denied);
  EXPECT_FALSE(denied->allowed);
  EXPECT_EQ(denied->remaining, 0u);
}

TEST(HitAnswer, NumbersThatTheScriptNeverGivesAreNone) {
  EXPECT_FALSE(read(2, 1, 1));
  EXPECT_FALSE(read(-1, 1, 1));
  EXPECT_FALSE(read(1, -1, 1));
  EXPECT_FALSE(read(1, 1, -1));
  EXPECT_FALSE(read(std::numeric_limits<long long>::min(), -1, kMost));
}

TEST(HitAnswer, NoNumberIsTooLargeToCalculateWith) {
  const auto decision = read(1, kMost, kMost);
  ASSERT_TRUE(decision);
  EXPECT_EQ(decision->remaining, 0u);
  EXPECT_EQ(decision->reset, kPeriodMax);
  EXPECT_EQ(read(0, 5, 0)->reset.count(), 1);
}

TEST(HitAnswer, AnythingElseIsNone) {
  redisReply reply{};
  for (const int type : {REDIS_REPLY_STRING, REDIS_REPLY_INTEGER, REDIS_REPLY_NIL, REDIS_REPLY_STATUS}) {
    reply.type = type;
    EXPECT_FALSE(decisionOf(reply, kLimit));
  }
  reply.type = REDIS_REPLY_ARRAY;
  EXPECT_FALSE(decisionOf(reply, kLimit)) << "an empty one";
  redisReply text{};
  text.type = REDIS_REPLY_STRING;
  std::array<redisReply*, 3> pointers{&text, &text, &text};
  reply.elements = pointers.size();
  reply.element = pointers.data();
  EXPECT_FALSE(decisionOf(reply, kLimit));
}

}  // namespace
}  // namespace kavro::limiter_redis
