#include "plugins/auth/principal_cache.hpp"

#include <gtest/gtest.h>

namespace kavro::auth {
namespace {

using namespace std::chrono_literals;

const std::chrono::system_clock::time_point kNow{std::chrono::seconds(1'700'000'000)};

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
  EXPECT_EQ("alice", cache.findUser(7));
  EXPECT_FALSE(cache.findUser(8));
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
