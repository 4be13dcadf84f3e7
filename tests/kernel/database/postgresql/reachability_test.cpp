#include "kernel/database/postgresql/reachability.hpp"

#include <gtest/gtest.h>

#include "tests/kernel/database/database_fixture.hpp"

namespace kavro::database::testing {
namespace {

using namespace std::chrono_literals;
using postgresql::Reachability;

constexpr auto kLong = Reachability::kSilenceMax;

class ReachabilityTest : public ::testing::Test {
 protected:
  LogLines log_;
  LimitedLog limited_{log_.log()};
  Reachability reachability_{limited_};
  const Reachability::Clock::time_point start_ = Reachability::Clock::now();
};

TEST_F(ReachabilityTest, NobodyAsksAndNobodyAnswers) {
  EXPECT_FALSE(reachability_.silent(start_ + 1h));
  reachability_.noteAsked(start_);
  reachability_.noteAnswered(start_ + 1ms);
  EXPECT_FALSE(reachability_.silent(start_ + 1h));
}

TEST_F(ReachabilityTest, AskedForLongWithoutAnAnswerIsSilentAndAway) {
  reachability_.noteAsked(start_);
  reachability_.noteAsked(start_ + kLong / 2);
  EXPECT_FALSE(reachability_.away(start_ + kLong - 1ms));
  EXPECT_TRUE(reachability_.silent(start_ + kLong));
  EXPECT_TRUE(reachability_.away(start_ + kLong));
}

TEST_F(ReachabilityTest, AnyAnswerIsASignOfLife) {
  reachability_.noteAsked(start_);  // the slow one
  for (auto now = start_; now < start_ + 1min; now += kLong / 2) {
    reachability_.noteAsked(now);
    EXPECT_FALSE(reachability_.away(now));
    reachability_.noteAnswered(now);
  }
  EXPECT_TRUE(reachability_.away(start_ + 1min + kLong)) << "the slow one waits still";
  reachability_.noteAnswered(start_ + 2min);
  EXPECT_FALSE(reachability_.away(start_ + 1h));
}

TEST_F(ReachabilityTest, WhoGivesUpIsNoSignOfLifeAndAConnectionIs) {
  reachability_.noteAsked(start_);
  reachability_.noteUnanswered();
  EXPECT_TRUE(reachability_.away(start_ + kLong));
  reachability_.noteBack();
  EXPECT_FALSE(reachability_.away(start_ + 1h));
  EXPECT_EQ(log_.all(), "") << "nobody had said that it was away";
}

TEST_F(ReachabilityTest, AwayAndBackAreSaidOnce) {
  for (int i = 0; i < 3; ++i) reachability_.noteAway("nobody there");
  EXPECT_TRUE(reachability_.away());
  for (int i = 0; i < 3; ++i) reachability_.noteBack();
  EXPECT_FALSE(reachability_.away());
  EXPECT_EQ(log_.count("the database is away: nobody there"), 1u) << log_.all();
  EXPECT_EQ(log_.count("the database is back"), 1u) << log_.all();
}

}  // namespace
}  // namespace kavro::database::testing
