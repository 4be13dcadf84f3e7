// Rules of the rate limiter, and which of them count a request. Input: lines; "NAME METHOD PATH COUNT per WINDOW by
// KEY" is a rule, and "? METHOD PATH" asks for a path.
#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "plugins/ratelimit/rate_limit_fields.hpp"
#include "plugins/ratelimit/rule_book.hpp"
#include "tests/fuzz/fuzz.hpp"

using kavro::fuzz::require;
using namespace kavro::ratelimit;

namespace {

void checkRule(const Rule& rule) {
  require(rule.limit.countMax >= 1 && rule.limit.countMax <= Rule::kCountMax, "a count within its limit");
  require(rule.limit.window >= std::chrono::seconds(1) && rule.limit.window <= Rule::kWindowMax,
          "a window in its limit");
  require(rule.pattern.covers(rule.pattern), "a pattern to cover itself", rule.pattern.text());
  const std::string again = rule.method + " " + rule.pattern.text() + " " + std::to_string(rule.limit.countMax) +
                            " per " + std::to_string(rule.limit.window.count() / 1000) + "s by " +
                            (rule.by == By::kUser ? "user" : "address");
  const Rule read = Rule::parse(rule.name, again);
  require(read.limit.countMax == rule.limit.countMax && read.limit.window == rule.limit.window && read.by == rule.by,
          "the same rule again", again);
}

void checkPatterns(const std::vector<Rule>& rules, std::string_view path) {
  for (const Rule& one : rules) {
    for (const Rule& other : rules) {
      if (!one.pattern.covers(other.pattern)) continue;
      if (other.pattern.matchesRoute(path))
        require(one.pattern.matchesRoute(path), "what covers to match routes", path);
    }
    const bool same = RoutePattern::Equal()(one.pattern.stem(), path);
    if (same) {
      require(RoutePattern::Hash()(one.pattern.stem()) == RoutePattern::Hash()(path), "equals to have one hash", path);
    }
    if (!one.pattern.isPrefix()) {
      require(same == one.pattern.matchesRoute(path), "a route to match the pattern that equals it", path);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = kavro::fuzz::textOf(data, size);
  std::vector<Rule> rules;
  std::set<std::string> names;
  std::vector<std::pair<std::string, std::string>> questions;
  while (!input.empty()) {
    std::string_view line = kavro::fuzz::takeLine(input);
    const std::string_view name = kavro::fuzz::takeUntil(line, ' ');
    if (name == "?") {
      const std::string_view method = kavro::fuzz::takeUntil(line, ' ');
      questions.emplace_back(method, line);
      continue;
    }
    try {
      Rule rule = Rule::parse(name, line);
      checkRule(rule);
      if (rules.size() < 16 && names.insert(rule.name).second) rules.push_back(std::move(rule));
    } catch (const std::invalid_argument& error) {
      require(std::string_view(error.what()).starts_with("rule."), "a reason with the rule's name", error.what());
    }
  }
  const RuleBook book(std::move(rules));
  for (const auto& [method, path] : questions) {
    checkPatterns(book.rules(), path);
    for (const bool is_route : {true, false}) {
      const Selection* found = book.find(method, is_route ? path : "", is_route ? "" : path);
      if (!found) continue;
      std::vector<const Rule*> all = found->byAddress;
      all.insert(all.end(), found->byUser.begin(), found->byUser.end());
      require(!all.empty() && !found->policy.empty(), "a selection with rules in it");
      for (const Rule* rule : all) {
        require(rule->countsMethod(method), "only rules for the method", rule->method);
        require(is_route ? rule->pattern.matchesRoute(path) : rule->pattern.matchesPath(path), "only rules that match",
                rule->pattern.text());
      }
      std::string state;
      appendState(state, *all.front(), 1, std::chrono::milliseconds(1));
    }
  }
  return 0;
}
