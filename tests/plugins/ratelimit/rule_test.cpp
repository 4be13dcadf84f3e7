#include "rule.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace kavro::ratelimit {
namespace {

using namespace std::chrono_literals;

TEST(Rule, ReadsItsParts) {
  const Rule rule = Rule::parse("login", "POST /auth/login 5 per 15min by address");
  EXPECT_EQ(rule.name, "login");
  EXPECT_EQ(rule.method, "POST");
  EXPECT_EQ(rule.pattern.text(), "/auth/login");
  EXPECT_EQ(rule.limit.countMax, 5u);
  EXPECT_EQ(rule.limit.window, 15min);
  EXPECT_EQ(rule.limit.block, 0ms);
  EXPECT_EQ(rule.by, By::kAddress);
}

TEST(Rule, ReadsEveryUnitAndAnyBlanks) {
  EXPECT_EQ(Rule::parse("a", "* * 1 per 30s by user").limit.window, 30s);
  EXPECT_EQ(Rule::parse("a", "* * 1 per 2m by user").limit.window, 2min);
  EXPECT_EQ(Rule::parse("a", "* * 1 per 1h by user").limit.window, 1h);
  EXPECT_EQ(Rule::parse("a", "* * 1 per 366d by user").limit.window, 366 * 24h);
  const Rule rule = Rule::parse("a", " GET\t/keys/{id}   1000000000 per 1s  by user ");
  EXPECT_EQ(rule.limit.countMax, 1000000000u);
  EXPECT_EQ(rule.by, By::kUser);
}

TEST(Rule, GetCountsHeadAndAStarCountsEverything) {
  const Rule get = Rule::parse("a", "GET /a 1 per 1s by address");
  EXPECT_TRUE(get.countsMethod("GET"));
  EXPECT_TRUE(get.countsMethod("HEAD")) << "or HEAD would be a way round the limit";
  EXPECT_FALSE(get.countsMethod("POST"));
  EXPECT_FALSE(get.countsMethod("get")) << "methods are case-sensitive";
  EXPECT_TRUE(Rule::parse("a", "* /a 1 per 1s by address").countsMethod("PURGE"));
}

TEST(Rule, TheDefaultsAreThoseOfTheInterface) {
  const std::vector<Rule> rules = defaultRules();
  ASSERT_EQ(rules.size(), 3u);
  EXPECT_EQ(rules[0].pattern.text(), "/auth/register");
  EXPECT_EQ(rules[0].limit.countMax, 3u);
  EXPECT_EQ(rules[0].limit.window, 1h);
  EXPECT_EQ(rules[0].by, By::kAddress);
  EXPECT_EQ(rules[1].pattern.text(), "/auth/login");
  EXPECT_EQ(rules[1].limit.countMax, 5u);
  EXPECT_EQ(rules[1].limit.window, 15min);
  EXPECT_EQ(rules[1].by, By::kAddress);
  EXPECT_EQ(rules[2].pattern.text(), "/messages/");
  EXPECT_EQ(rules[2].limit.countMax, 30u);
  EXPECT_EQ(rules[2].limit.window, 1min);
  EXPECT_EQ(rules[2].by, By::kUser);
  for (const Rule& rule : rules) EXPECT_EQ(rule.method, "POST");
}

struct Refused {
  const char* name;
  const char* value;
  const char* message;
};

TEST(Rule, RefusalsSayWhatWasFoundAndWhatIsExpected) {
  constexpr const char* kForm =
      "\", expected METHOD PATH COUNT per WINDOW by address|user, for example \"POST /auth/login 5 per 15min by "
      "address\"";
  const std::string noPer = std::string("rule.a: found \"POST /a 5 each 1h by user") + kForm;
  const std::string tooShort = std::string("rule.a: found \"5 per 1h") + kForm;
  const std::string tooLong = std::string("rule.a: found \"POST /a 5 per 1 h by user") + kForm;
  const std::string nothing = std::string("rule.a: found \"") + kForm;
  const Refused cases[] = {
      {"a", "POST /a 5 each 1h by user", noPer.c_str()},
      {"a", "5 per 1h", tooShort.c_str()},
      {"a", "POST /a 5 per 1 h by user", tooLong.c_str()},
      {"a", "", nothing.c_str()},
      {"a", "post /a 5 per 1h by user",
       "rule.a: found \"post\", expected a method in capital letters (GET, POST, ...) or \"*\""},
      {"a", "POST a 5 per 1h by user",
       "rule.a: found \"a\", expected a path that begins with \"/\", or \"*\" for every path"},
      {"a", "POST /a 0 per 1h by user",
       "rule.a: found \"0\", expected how many requests: a whole number from 1 to 1000000000"},
      {"a", "POST /a 1000000001 per 1h by user",
       "rule.a: found \"1000000001\", expected how many requests: a whole number from 1 to 1000000000"},
      {"a", "POST /a -5 per 1h by user",
       "rule.a: found \"-5\", expected how many requests: a whole number from 1 to 1000000000"},
      {"a", "POST /a 5x per 1h by user",
       "rule.a: found \"5x\", expected how many requests: a whole number from 1 to 1000000000"},
      {"a", "POST /a 99999999999999999999 per 1h by user",
       "rule.a: found \"99999999999999999999\", expected how many requests: a whole number from 1 to 1000000000"},
      {"a", "POST /a 5 per h by user",
       "rule.a: found \"h\", expected a time such as 30s, 15min, 1h or 1d, from 1s to 366d"},
      {"a", "POST /a 5 per 0s by user",
       "rule.a: found \"0s\", expected a time such as 30s, 15min, 1h or 1d, from 1s to 366d"},
      {"a", "POST /a 5 per 500ms by user",
       "rule.a: found \"500ms\", expected a time such as 30s, 15min, 1h or 1d, from 1s to 366d"},
      {"a", "POST /a 5 per 367d by user",
       "rule.a: found \"367d\", expected a time such as 30s, 15min, 1h or 1d, from 1s to 366d"},
      {"a", "POST /a 5 per 18446744073709551615d by user",
       "rule.a: found \"18446744073709551615d\", expected a time such as 30s, 15min, 1h or 1d, from 1s to 366d"},
      {"a", "POST /a 5 per 1h by ip", "rule.a: found \"ip\", expected \"address\" or \"user\""},
      {"a.b", "POST /a 5 per 1h by user",
       "rule.a.b: found \"a.b\", expected a name of 1 to 64 letters, digits, \"_\" and \"-\" after \"rule.\""},
      {"", "POST /a 5 per 1h by user",
       "rule.: found \"\", expected a name of 1 to 64 letters, digits, \"_\" and \"-\" after \"rule.\""},
  };
  for (const Refused& refused : cases) {
    try {
      Rule::parse(refused.name, refused.value);
      ADD_FAILURE() << "accepted: " << refused.value;
    } catch (const std::invalid_argument& error) {
      EXPECT_STREQ(error.what(), refused.message);
    }
  }
}

}  // namespace
}  // namespace kavro::ratelimit
