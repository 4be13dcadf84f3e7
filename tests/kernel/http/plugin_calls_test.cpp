#include "kernel/http/plugin_calls.hpp"

#include <gtest/gtest.h>

namespace kavro::http {
namespace {

using namespace std::chrono_literals;
using Admission = PluginCalls::Admission;
using State = PluginCalls::State;
using Trial = PluginCalls::Trial;

class PluginCallsTest : public ::testing::Test {
 protected:
  static FailurePolicy policy() {
    FailurePolicy policy;
    policy.quarantine_share = 50;
    policy.quarantine_calls_min = 4;
    policy.quarantine_time = 10s;
    return policy;
  }

  void call(int good, int bad) {
    for (int i = 0; i < bad; ++i) {
      calls.countCall(0);
      calls.countFailure(now);
    }
    for (int i = 0; i < good; ++i) calls.countCall(1);
  }
  void quarantine() {
    call(0, 4);
    ASSERT_EQ(State::kQuarantined, calls.state());
  }
  // Past the quarantine: one trial that ends like this.
  void tryOnce(Trial trial) {
    ASSERT_EQ(Admission::kTrial, calls.admit(now));
    calls.endTrial(trial, now);
  }

  host::Log log{host::Log::Level::kError};
  PluginCalls::Clock::time_point now{1000s};
  PluginCalls calls{"probe", log, policy()};
};

TEST_F(PluginCallsTest, CountsPerSlotAndShared) {
  calls.countCall(0);
  calls.countCall(63);
  calls.countCall(200);
  calls.countCall(PluginCalls::kSharedSlot);
  calls.countTime(0, 10ns);
  calls.countTime(PluginCalls::kSharedSlot, 5ns);
  EXPECT_EQ(4u, calls.totals().calls);
  EXPECT_EQ(15ns * PluginCalls::kTimedEvery, calls.totals().reactor_time);
}

TEST_F(PluginCallsTest, TooFewCallsOrTooSmallAShareIsNoReason) {
  call(0, 3);
  EXPECT_EQ(Admission::kCall, calls.admit(now));
  call(10, 0);
  call(0, 4);  // 7 of 17
  EXPECT_EQ(State::kClosed, calls.state());
  call(0, 3);  // 10 of 20
  EXPECT_EQ(State::kQuarantined, calls.state());
}

TEST_F(PluginCallsTest, WhatIsLongAgoDoesNotCount) {
  call(0, 3);
  now += 10s;
  call(1, 0);
  call(0, 1);
  EXPECT_EQ(State::kClosed, calls.state());
}

TEST_F(PluginCallsTest, GoodCallsBeforeTheFirstFailureDoNotHideIt) {
  call(1'000'000, 0);
  call(0, 4);
  EXPECT_EQ(State::kQuarantined, calls.state());
}

TEST_F(PluginCallsTest, AShareOfZeroIsNever) {
  FailurePolicy never = policy();
  never.quarantine_share = 0;
  calls.setPolicy(never);
  call(0, 100);
  calls.blocked(2s, now);
  EXPECT_EQ(State::kClosed, calls.state());
  EXPECT_EQ(101u, calls.totals().failures);
}

TEST_F(PluginCallsTest, InQuarantineNothingIsCalledUntilItsTimeIsOver) {
  quarantine();
  EXPECT_EQ(Admission::kRefused, calls.admit(now));
  EXPECT_EQ(10s, calls.retryAfter(now));
  now += 9s;
  EXPECT_EQ(Admission::kRefused, calls.admit(now));
  now += 1s;
  EXPECT_EQ(Admission::kTrial, calls.admit(now));
  EXPECT_EQ(Admission::kRefused, calls.admit(now));  // one at a time
  EXPECT_EQ(1s, calls.retryAfter(now));
}

TEST_F(PluginCallsTest, ThreeGoodTrialsReleaseIt) {
  quarantine();
  now += 10s;
  tryOnce(Trial::kGood);
  tryOnce(Trial::kUndecided);
  tryOnce(Trial::kGood);
  EXPECT_EQ(State::kHalfOpen, calls.state());
  tryOnce(Trial::kGood);
  EXPECT_EQ(Admission::kCall, calls.admit(now));
}

TEST_F(PluginCallsTest, ABadTrialDoublesTheTimeUpToFiveMinutes) {
  quarantine();
  std::chrono::seconds time = 10s;
  for (int i = 0; i < 8; ++i) {
    now += time;
    tryOnce(Trial::kBad);
    time = std::min<std::chrono::seconds>(time * 2, 300s);
    EXPECT_EQ(time, calls.retryAfter(now));
  }
  EXPECT_EQ(300s, time);
}

TEST_F(PluginCallsTest, ABlockedReactorIsReasonEnoughAndKeepsItOut) {
  calls.blocked(2s, now);
  EXPECT_EQ(State::kQuarantined, calls.state());
  now += 1h;
  EXPECT_EQ(Admission::kRefused, calls.admit(now));  // that call has not returned
  calls.unblocked(now);
  EXPECT_EQ(Admission::kRefused, calls.admit(now));
  now += 10s;
  EXPECT_EQ(Admission::kTrial, calls.admit(now));
}

}  // namespace
}  // namespace kavro::http
