#include "rule_book.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

namespace kavro::ratelimit {
namespace {

// Rules by name, all of which count by address unless the value says otherwise.
RuleBook book(const std::vector<std::pair<std::string, std::string>>& rules) {
  std::vector<Rule> parsed;
  for (const auto& [name, value] : rules) parsed.push_back(Rule::parse(name, value));
  return RuleBook(std::move(parsed));
}

// "a b | c": by address | by user; "-": no rule counts it.
std::string names(const Selection* selection) {
  if (!selection) return "-";
  std::string text;
  for (const Rule* rule : selection->byAddress) text += rule->name + " ";
  text += "|";
  for (const Rule* rule : selection->byUser) text += " " + rule->name;
  return text;
}

TEST(RuleBook, FindsARuleByRouteAndMethod) {
  const RuleBook rules(defaultRules());
  EXPECT_EQ(names(rules.find("POST", "/auth/login", "/auth/login")), "login |");
  EXPECT_EQ(names(rules.find("POST", "/messages", "/messages")), "| send");
  EXPECT_EQ(names(rules.find("POST", "/messages/", "/messages/")), "| send");
  EXPECT_EQ(names(rules.find("GET", "/auth/login", "/auth/login")), "-");
  EXPECT_EQ(names(rules.find("POST", "/messages/{id}/ack", "/messages/7/ack")), "-");
  EXPECT_EQ(names(rules.find("GET", "/health", "/health")), "-");
  EXPECT_EQ(rules.find("POST", "/auth/login", "/auth/login")->policy, R"("login";q=5;w=900)");
}

TEST(RuleBook, CollectsPrefixesInTheOrderOfTheFile) {
  const RuleBook rules = book({{"all", "* * 9 per 1s by address"},
                               {"ack", "POST /messages/{id}/ack 9 per 1s by user"},
                               {"messages", "* /messages/* 9 per 1s by user"},
                               {"first", "POST /messages/{id}/* 9 per 1s by address"}});
  EXPECT_EQ(names(rules.find("POST", "/messages/{message}/ack", "/messages/7/ack")), "all first | ack messages");
  EXPECT_EQ(names(rules.find("GET", "/messages/{message}/ack", "/messages/7/ack")), "all | messages");
  EXPECT_EQ(names(rules.find("POST", "/messages/{id}/other", "/messages/7/other")), "all first | messages");
  EXPECT_EQ(names(rules.find("GET", "/messages/inbox", "/messages/inbox")), "all | messages");
  EXPECT_EQ(names(rules.find("GET", "/messages", "/messages")), "all | messages");
  EXPECT_EQ(names(rules.find("GET", "/health", "/health")), "all |");
  EXPECT_EQ(rules.find("POST", "/messages/{message}/ack", "")->policy,
            R"("all";q=9;w=1, "ack";q=9;w=1, "messages";q=9;w=1, "first";q=9;w=1)");
}

TEST(RuleBook, SeveralRulesForOneRoute) {
  const RuleBook rules = book({{"burst", "POST /a 5 per 1s by address"},
                               {"daily", "POST /a/ 100 per 1d by address"},
                               {"read", "GET /a 50 per 1s by address"}});
  EXPECT_EQ(names(rules.find("POST", "/a", "/a")), "burst daily |");
  EXPECT_EQ(names(rules.find("GET", "/a", "/a")), "read |");
  EXPECT_EQ(names(rules.find("HEAD", "/a", "/a")), "read |");
  EXPECT_EQ(names(rules.find("PUT", "/a", "/a")), "-");
}

TEST(RuleBook, ARuleForHeadIsCountedBesideThatForGet) {
  const RuleBook rules = book({{"get", "GET /a 5 per 1s by address"}, {"head", "HEAD /a 5 per 1s by address"}});
  EXPECT_EQ(names(rules.find("HEAD", "/a", "/a")), "get head |");
  EXPECT_EQ(names(rules.find("GET", "/a", "/a")), "get |");
}

TEST(RuleBook, WithoutARouteThePathCounts) {
  const RuleBook rules = book({{"all", "* * 9 per 1s by address"},
                               {"one", "* /keys/{id} 9 per 1s by address"},
                               {"publish", "* /keys/publish 9 per 1s by address"}});
  EXPECT_EQ(names(rules.find("GET", "", "/nothing/here")), "all |");
  EXPECT_EQ(names(rules.find("DELETE", "", "/keys/7")), "all one |");
  EXPECT_EQ(names(rules.find("DELETE", "", "/keys/publish")), "all publish |") << "literal before parameter";
  EXPECT_EQ(names(rules.find("DELETE", "/keys/{user}", "/keys/publish")), "all one |") << "the router has decided";
}

TEST(RuleBook, AnEmptyBookCountsNothing) {
  EXPECT_EQ(RuleBook({}).find("GET", "/a", "/a"), nullptr);
  EXPECT_EQ(RuleBook({}).find("GET", "", ""), nullptr);
}

// Whatever the book has resolved is what asking every rule would say.
TEST(RuleBook, AgreesWithAskingEveryRule) {
  const std::vector<std::string> patterns = {"*",        "/a",     "/a/*", "/a/{x}", "/a/{x}/*",
                                             "/a/{x}/b", "/c/{x}", "/c/*", "/"};
  const std::vector<std::string> methods = {"*", "GET", "POST", "HEAD"};
  const std::vector<std::string> routes = {"/",         "/a",         "/a/{id}", "/a/{id}/b", "/a/{id}/c/d",
                                           "/a/static", "/c/{other}", "/c",      "/d/e",      "/a/{id}/"};
  std::vector<Rule> rules;
  for (const std::string& pattern : patterns) {
    for (const std::string& method : methods) {
      rules.push_back(Rule::parse("r" + std::to_string(rules.size()), method + " " + pattern + " 1 per 1s by address"));
    }
  }
  const RuleBook resolved(rules);
  for (const std::string& route : routes) {
    for (const std::string method : {"GET", "POST", "HEAD", "PUT"}) {
      std::string expected;
      for (const Rule& rule : rules) {
        if (rule.countsMethod(method) && rule.pattern.matchesRoute(route)) expected += rule.name + " ";
      }
      EXPECT_EQ(names(resolved.find(method, route, "/ignored")), expected + "|") << method << " " << route;
    }
  }
}

// CPU time, and not asserted tightly: it only has to stay negligible beside a request.
TEST(RuleBook, ARequestWithoutARuleCostsNextToNothing) {
  const RuleBook rules(defaultRules());
  constexpr int kLookups = 1000000;
  int found = 0;
  const std::clock_t begin = std::clock();
  for (int i = 0; i < kLookups; ++i) found += rules.find("GET", "/messages/inbox", "/messages/inbox") != nullptr;
  const double nanoseconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC * 1e9 / kLookups;
  std::printf("%.0f ns a lookup\n", nanoseconds);
  EXPECT_EQ(found, 0);
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(nanoseconds, 1000);
#endif
}

}  // namespace
}  // namespace kavro::ratelimit
