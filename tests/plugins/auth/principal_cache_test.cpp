#include "plugins/auth/principal_cache.hpp"

#include <gtest/gtest.h>

namespace kavro::auth {
namespace {

using namespace std::chrono_literals;

const std::chrono::system_clock::time_point kNow{std::chrono::seconds(1'700'000'000)};

// A clock that stands still until it is told otherwise.
PrincipalCache::Time passed{0};
PrincipalCache::Time told() { return passed; }

TEST(PrincipalCache, RemembersATokenUntilItExpires) {
  PrincipalCache cache(100, 100);
  EXPECT_FALSE(cache.findToken("a.b.c", kNow));
  cache.rememberToken("a.b.c", {7, "alice"}, 1'700'000'010.5);
  const auto found = cache.findToken("a.b.c", kNow + 10s);
  ASSERT_TRUE(found);
  EXPECT_EQ(7, found->id);
  EXPECT_EQ("alice", found->name);
  EXPECT_FALSE(cache.findToken("a.b.d", kNow));
  EXPECT_FALSE(cache.findToken("a.b.c", kNow + 10s + 500ms));
  EXPECT_FALSE(cache.findToken("a.b.c", kNow)) << "an expired token stays gone";
}

TEST(PrincipalCache, RemembersUsers) {
  PrincipalCache cache(100, 100);
  EXPECT_FALSE(cache.findUser(7));
  cache.rememberUser({7, "alice"});
  EXPECT_EQ("alice", cache.findUser(7)->name);
  EXPECT_TRUE(cache.findUser(7)->fresh);
  EXPECT_FALSE(cache.findUser(8));
  cache.forgetUser(7);
  EXPECT_FALSE(cache.findUser(7));
}

TEST(PrincipalCache, AUserIsFreshForATimeAndStandsInForALimitedOne) {
  PrincipalCache cache(100, 100, 60s, told);
  cache.rememberUser({7, "alice"});
  passed += 60s - 1ms;
  EXPECT_TRUE(cache.findUser(7)->fresh);
  passed += 1ms;
  ASSERT_TRUE(cache.findUser(7));
  EXPECT_FALSE(cache.findUser(7)->fresh);
  EXPECT_EQ("alice", cache.findUser(7)->name);
  passed += PrincipalCache::kStandInMax - 1ms;
  EXPECT_TRUE(cache.findUser(7));
  passed += 1ms;
  EXPECT_FALSE(cache.findUser(7));
  cache.rememberUser({7, "alice"});
  EXPECT_TRUE(cache.findUser(7)->fresh) << "asked again";
}

TEST(PrincipalCache, ATokenIsRememberedForNoLongerThanItsUser) {
  PrincipalCache cache(100, 100, 60s, told);
  cache.rememberUser({7, "alice"});
  passed += 40s;
  cache.rememberToken("a.b.c", {7, "alice"}, 1e12);
  cache.rememberToken("d.e.f", {8, "of a user who was let go of"}, 1e12);
  passed += 20s - 1ms;
  EXPECT_TRUE(cache.findToken("a.b.c", kNow));
  passed += 1ms;
  EXPECT_FALSE(cache.findToken("a.b.c", kNow));
  EXPECT_TRUE(cache.findToken("d.e.f", kNow));
  passed += 40s;
  EXPECT_FALSE(cache.findToken("d.e.f", kNow));
}

TEST(PrincipalCache, WithNoTimeRemembersNothing) {
  PrincipalCache cache(100, 100, 0s, told);
  cache.rememberUser({7, "alice"});
  cache.rememberToken("a.b.c", {7, "alice"}, 1e12);
  EXPECT_FALSE(cache.findUser(7));
  EXPECT_FALSE(cache.findToken("a.b.c", kNow));
}

TEST(PrincipalCache, ItsClockGoesOnAndIsNeverFarBehind) {
  const auto begin = PrincipalCache::coarseNow();
  const auto exact = std::chrono::duration_cast<PrincipalCache::Time>(
      std::chrono::steady_clock::now().time_since_epoch());
  EXPECT_LE(begin, exact + 1ms);
  EXPECT_GE(begin, exact - 10s);
  EXPECT_GE(PrincipalCache::coarseNow(), begin);
}

TEST(PrincipalCache, IsBounded) {
  PrincipalCache cache(16, 16);
  for (int i = 1; i <= 1000; ++i) {
    cache.rememberUser({i, "x"});
    cache.rememberToken(std::to_string(i), {i, "x"}, 1e12);
  }
  int users = 0, tokens = 0;
  for (int i = 1; i <= 1000; ++i) {
    users += cache.findUser(i).has_value();
    tokens += cache.findToken(std::to_string(i), kNow).has_value();
  }
  EXPECT_EQ(16, users);
  EXPECT_LE(tokens, 16);
  EXPECT_GT(tokens, 0);
}

}  // namespace
}  // namespace kavro::auth
