#include "rate_limit_fields.hpp"

#include <gtest/gtest.h>

namespace kavro::ratelimit {
namespace {

using namespace std::chrono_literals;

TEST(RateLimitFields, PolicyListsEveryRule) {
  const Rule login = Rule::parse("login", "POST /auth/login 5 per 15min by address");
  const Rule all = Rule::parse("all-of-it", "* * 1000 per 1d by user");
  EXPECT_EQ(policyField({&login}), R"("login";q=5;w=900)");
  EXPECT_EQ(policyField({&login, &all}), R"("login";q=5;w=900, "all-of-it";q=1000;w=86400)");
  EXPECT_EQ(policyField({}), "");
}

TEST(RateLimitFields, StateListsWhatIsLeft) {
  const Rule login = Rule::parse("login", "POST /auth/login 5 per 15min by address");
  std::string list;
  appendState(list, login, 4, 890s);
  EXPECT_EQ(list, R"("login";r=4;t=890)");
  appendState(list, login, 0, 1ms);
  EXPECT_EQ(list, R"("login";r=4;t=890, "login";r=0;t=1)");
}

TEST(RateLimitFields, SecondsAreRoundedUpSoThatWaitingIsEnough) {
  EXPECT_EQ(wholeSeconds(1000ms), 1);
  EXPECT_EQ(wholeSeconds(1001ms), 2);
  EXPECT_EQ(wholeSeconds(999ms), 1);
  EXPECT_EQ(wholeSeconds(0ms), 1) << "Retry-After: 0 would invite a client to hammer";
}

}  // namespace
}  // namespace kavro::ratelimit
