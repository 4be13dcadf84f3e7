#include "outage_log.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace kavro::limiter_redis {
namespace {

using namespace std::chrono_literals;

class OutageLogTest : public ::testing::Test {
 protected:
  struct Line {
    OutageLog::Level level;
    std::string text;
  };

  bool lastHas(std::string_view part) const {
    return !lines_.empty() && lines_.back().text.find(part) != std::string::npos;
  }

  Counts counts_;
  std::vector<Line> lines_;
  OutageLog log_{"redis://h:1/0", OnFailure::kDeny, counts_, [this](OutageLog::Level level, const std::string& text) {
                   lines_.push_back({level, text});
                 }};
  const Clock::time_point begin_ = Clock::now();
};

TEST_F(OutageLogTest, OneLineWhenItGoesAwayAndOneWhenItIsBack) {
  log_.away({Failure::Kind::kTimeout, "no answer", "look"}, begin_, counts_.policyDecisions);
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0].level, OutageLog::Level::kWarning);
  EXPECT_EQ(lines_[0].text,
            "Redis at redis://h:1/0 is away: no answer. Until it is back, on_failure = deny decides: every hit is "
            "denied. What to do: look");
  counts_.policyDecisions += 7;
  log_.away({Failure::Kind::kConnection, "refused", "start it"}, begin_ + 1s, counts_.policyDecisions);
  ASSERT_EQ(lines_.size(), 1u) << "the same outage";
  log_.back(begin_ + 2340ms);
  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_EQ(lines_[1].level, OutageLog::Level::kInformation);
  EXPECT_EQ(lines_[1].text, "Redis at redis://h:1/0 is back after 2.3s: on_failure = deny decided 7 hits");
  EXPECT_EQ(counts_.outages, 1u);
}

TEST_F(OutageLogTest, RemindsEveryThirtySecondsWithTheLatestReason) {
  EXPECT_EQ(log_.nextReminder(), Clock::time_point::max());
  log_.away({Failure::Kind::kTimeout, "no answer", "look"}, begin_, counts_.policyDecisions);
  log_.away({Failure::Kind::kConnection, "refused", "start it"}, begin_ + 1s, counts_.policyDecisions);
  log_.remind(begin_ + 30s - 1ns);
  EXPECT_EQ(lines_.size(), 1u);
  EXPECT_EQ(log_.nextReminder(), begin_ + 30s);
  log_.remind(begin_ + 30s);
  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_TRUE(lastHas("still away after 30.0s: refused")) << lines_.back().text;
  EXPECT_TRUE(lastHas("start it"));
  log_.remind(begin_ + 31s);
  EXPECT_EQ(lines_.size(), 2u);
  log_.back(begin_ + 40s);
  log_.remind(begin_ + 100s);
  EXPECT_EQ(lines_.size(), 3u);
}

TEST_F(OutageLogTest, TheFirstTimeIsNoReturn) {
  log_.back(begin_);
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0].text, "Redis at redis://h:1/0 counts");
  EXPECT_EQ(counts_.outages, 0u);
}

TEST_F(OutageLogTest, CountsEachOutageByItself) {
  for (int i = 0; i < 2; ++i) {
    log_.away({Failure::Kind::kTimeout, "no answer", "look"}, begin_, counts_.policyDecisions);
    counts_.policyDecisions += 2;
    ++counts_.owedResetsLost;
    log_.back(begin_ + 1s);
    EXPECT_TRUE(lastHas("decided 2 hits; 1 keys")) << lines_.back().text;
  }
}

TEST_F(OutageLogTest, CountsWhatWasDecidedBeforeItWasKnown) {
  counts_.policyDecisions += 5;
  log_.away({Failure::Kind::kTimeout, "no answer", "look"}, begin_, 2);
  counts_.policyDecisions += 2;
  log_.back(begin_ + 1s);
  EXPECT_TRUE(lastHas("decided 5 hits")) << lines_.back().text;
}

TEST_F(OutageLogTest, RefusedHitsAreReportedOnceInThirtySeconds) {
  log_.refused("WRONGTYPE Operation", begin_);
  log_.refused("WRONGTYPE Operation", begin_ + 29s);
  EXPECT_EQ(lines_.size(), 1u);
  EXPECT_TRUE(lastHas("WRONGTYPE"));
  EXPECT_TRUE(lastHas("key_prefix"));
  log_.refused("WRONGTYPE Operation", begin_ + 30s);
  EXPECT_EQ(lines_.size(), 2u);
}

}  // namespace
}  // namespace kavro::limiter_redis
