#include "rule_set.hpp"

#include <gtest/gtest.h>

#include <kavro/error.hpp>
#include <string>

namespace kavro::ratelimit {
namespace {

std::string namesOf(const std::vector<Rule>& rules) {
  std::string names;
  for (const Rule& rule : rules) names += rule.name + "=" + std::to_string(rule.limit.countMax) + " ";
  return names;
}

TEST(RuleSet, WithoutRulesTheDefaultsHold) {
  EXPECT_EQ(namesOf(rulesOf({}, Defaults::kOn)), "register=3 login=5 send=30 ");
}

TEST(RuleSet, AnotherRuleLeavesTheDefaultsWhereTheyAre) {
  EXPECT_EQ(namesOf(rulesOf({{"upload", "POST /upload 10 per 1h by user", "f:1"}}, Defaults::kOn)),
            "upload=10 register=3 login=5 send=30 ");
}

TEST(RuleSet, ARuleOfTheSameNameReplacesTheDefault) {
  EXPECT_EQ(namesOf(rulesOf({{"login", "POST /auth/login 2 per 1h by address", "f:1"}}, Defaults::kOn)),
            "login=2 register=3 send=30 ");
}

TEST(RuleSet, OffTakesADefaultAway) {
  EXPECT_EQ(namesOf(rulesOf({{"login", "off", "f:1"}}, Defaults::kOn)), "register=3 send=30 ");
}

TEST(RuleSet, WithoutDefaultsOnlyTheOwnRulesHold) {
  EXPECT_EQ(namesOf(rulesOf({{"upload", "POST /upload 10 per 1h by user", "f:1"}}, Defaults::kOff)), "upload=10 ");
  EXPECT_EQ(namesOf(rulesOf({}, Defaults::kOff)), "");
}

TEST(RuleSet, ABadRuleIsRefusedWithItsPlace) {
  try {
    rulesOf({{"login", "POST /auth/login often", "conf/kavro.ini:31"}}, Defaults::kOn);
    FAIL();
  } catch (const Error& error) {
    EXPECT_TRUE(std::string_view(error.what()).starts_with("conf/kavro.ini:31: [ratelimit] rule.login: "))
        << error.what();
  }
}

}  // namespace
}  // namespace kavro::ratelimit
