#include "fallback.hpp"

#include <gtest/gtest.h>

namespace kavro::limiter_redis {
namespace {

using namespace std::chrono_literals;

TEST(Fallback, LocalCounts) {
  Fallback fallback(OnFailure::kLocal, 1000);
  ASSERT_TRUE(fallback.counters());
  EXPECT_TRUE(fallback.decide("k", {1, 1h}).allowed);
  EXPECT_FALSE(fallback.decide("k", {1, 1h}).allowed);
  fallback.reset("k");
  EXPECT_TRUE(fallback.decide("k", {1, 1h}).allowed);
}

TEST(Fallback, AllowAlwaysAllows) {
  Fallback fallback(OnFailure::kAllow, 1000);
  for (int i = 0; i < 3; ++i) {
    const Decision decision = fallback.decide("k", {1, 1h});
    EXPECT_TRUE(decision.allowed);
    EXPECT_EQ(decision.remaining, 1u);
    EXPECT_EQ(decision.reset, 1h);
  }
  fallback.reset("k");
  EXPECT_FALSE(fallback.counters());
}

TEST(Fallback, DenyAlwaysDeniesAndSaysWhenToTryAgain) {
  Fallback fallback(OnFailure::kDeny, 1000);
  const Decision decision = fallback.decide("k", {100, 1h});
  EXPECT_FALSE(decision.allowed);
  EXPECT_EQ(decision.remaining, 0u);
  EXPECT_EQ(decision.reset, BackOff::kLongest);
  EXPECT_EQ(fallback.decide("k", {100, 20ms}).reset, 20ms);
}

TEST(Fallback, PoliciesAreNamedAsInTheConfiguration) {
  EXPECT_EQ(nameOf(OnFailure::kLocal), "local");
  EXPECT_EQ(nameOf(OnFailure::kAllow), "allow");
  EXPECT_EQ(nameOf(OnFailure::kDeny), "deny");
}

}  // namespace
}  // namespace kavro::limiter_redis
