// The script by itself, in a real Redis.
#include "hit_script.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/services/redis_server.hpp"

namespace kavro::limiter_redis {
namespace {

class HitScriptTest : public ::testing::Test {
 protected:
  struct Answer {
    long allowed = -1, count = -1, left = -1;
  };

  Answer hit(const std::string& key, const std::string& countMax, const std::string& window,
             const std::string& block = "0") {
    std::istringstream lines(redis_.execute({"EVAL", kHitScript, "1", key, countMax, window, block}));
    Answer answer;
    lines >> answer.allowed >> answer.count >> answer.left;
    return answer;
  }
  long left(const std::string& key) { return std::stol(redis_.execute({"PTTL", key})); }

  testing::RedisServer redis_;
};

TEST_F(HitScriptTest, CountsUpToTheLimit) {
  for (long count : {1, 2, 3}) {
    const Answer answer = hit("k", "3", "3600000");
    EXPECT_EQ(answer.allowed, 1);
    EXPECT_EQ(answer.count, count);
    EXPECT_GT(answer.left, 3500000);
    EXPECT_LE(answer.left, 3600000);
  }
  const Answer denied = hit("k", "3", "3600000");
  EXPECT_EQ(denied.allowed, 0);
  EXPECT_EQ(denied.count, 3) << "a denied hit is not counted";
  EXPECT_GT(denied.left, 3500000);
  EXPECT_EQ(redis_.execute({"GET", "k"}), "3");
}

TEST_F(HitScriptTest, EveryKeyHasATimeToLive) {
  hit("window", "3", "3600000");
  EXPECT_GT(left("window"), 3500000);
  hit("window", "3", "7200000");
  EXPECT_LE(left("window"), 3600000) << "the window is that of the first hit";
  hit("block", "2", "60000", "900000");
  EXPECT_LE(left("block"), 60000);
  hit("block", "2", "60000", "900000");
  EXPECT_GT(left("block"), 800000) << "from the hit that fills it";
  EXPECT_EQ(hit("block", "2", "60000", "900000").allowed, 0);
  hit("at-once", "1", "60000", "900000");
  EXPECT_GT(left("at-once"), 800000);
}

TEST_F(HitScriptTest, ABlockMayEndBeforeItsWindow) {
  hit("k", "1", "3600000", "5000");
  EXPECT_LE(left("k"), 5000);
}

TEST_F(HitScriptTest, AWindowEnds) {
  hit("k", "1", "1");
  const auto end = std::chrono::steady_clock::now() + testing::kPatience;
  while (redis_.execute({"EXISTS", "k"}) == "1") ASSERT_LT(std::chrono::steady_clock::now(), end);
  EXPECT_EQ(hit("k", "1", "3600000").allowed, 1);
}

TEST_F(HitScriptTest, AKeyThatWouldLiveForEverGetsAWindow) {
  for (const char* count : {"1", "3"}) {  // one that is allowed, one that is denied
    redis_.execute({"SET", "k", count});
    hit("k", "3", "60000");
    EXPECT_GT(left("k"), 50000) << count;
    EXPECT_LE(left("k"), 60000) << count;
  }
}

TEST_F(HitScriptTest, ALimitAsLargeAsThereIsOne) {
  const Answer answer = hit("k", "18446744073709551615", "3162240000000", "3162240000000");
  EXPECT_EQ(answer.allowed, 1);
  EXPECT_EQ(answer.count, 1);
  EXPECT_GT(answer.left, 3162230000000);
}

}  // namespace
}  // namespace kavro::limiter_redis
