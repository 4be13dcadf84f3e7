#include "plugins/auth/username_rules.hpp"

#include <gtest/gtest.h>

namespace kavro::auth {
namespace {

TEST(UsernameRules, TakesLettersDigitsUnderscoreAndHyphen) {
  const UsernameRules rules(3, 50);
  EXPECT_FALSE(rules.problem("Alice_B-2"));
  EXPECT_FALSE(rules.problem("abc"));
  EXPECT_FALSE(rules.problem(std::string(50, 'a')));
}

TEST(UsernameRules, RefusesTheRestWithTheRule) {
  const UsernameRules rules(3, 50);
  for (const std::string name : {"", "ab", "al ice", "alice\n", "alice.b", "älice", "a/b/c", "alice@example.org"}) {
    EXPECT_TRUE(rules.problem(name)) << name;
  }
  EXPECT_TRUE(rules.problem(std::string(51, 'a')));
  EXPECT_TRUE(rules.problem(std::string_view("ali\0ce", 6)));
  EXPECT_EQ("needs 3 to 50 characters, each a letter from A to Z, a digit, _ or -", rules.problem("x y").value());
}

TEST(UsernameRules, KnowsWhichAccountsCanExistUnderOtherBounds) {
  EXPECT_TRUE(UsernameRules::isPossible("x"));
  EXPECT_TRUE(UsernameRules::isPossible(std::string(kUsernameBytesMax, 'x')));
  EXPECT_FALSE(UsernameRules::isPossible(std::string(kUsernameBytesMax + 1, 'x')));
  EXPECT_FALSE(UsernameRules::isPossible(""));
  EXPECT_FALSE(UsernameRules::isPossible("x y"));
}

TEST(UsernameRules, RefusesBoundsThatNothingMeets) { EXPECT_THROW(UsernameRules(10, 5), Error); }

}  // namespace
}  // namespace kavro::auth
