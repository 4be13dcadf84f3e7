// All rules, resolved at construction: for a request, the few that count it.
//
// Which rules hold depends only on the path of a rule that fits best: a rule with exactly that route, or else the
// longest prefix ("/messages/*"); every shorter prefix that covers it is part of the same page. So a request costs one
// look into a hash map and, where there are prefixes, a comparison with each; tens of nanoseconds, no allocation.
//
// Threads: any, at once; immutable after construction. What find() returns lives as long as the book.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rule.hpp"

namespace kavro::ratelimit {

// The rules that count a request with a certain route and method, in the order of the configuration.
struct Selection {
  std::vector<const Rule*> byAddress;
  std::vector<const Rule*> byUser;
  std::string policy;  // the value of RateLimit-Policy: all of them
};

class RuleBook {
 public:
  explicit RuleBook(std::vector<Rule> rules);
  RuleBook(const RuleBook&) = delete;  // selections point into it
  RuleBook& operator=(const RuleBook&) = delete;

  // `route` is the pattern that matched; where none did (it is empty), `path` counts. NULL: no rule.
  const Selection* find(std::string_view method, std::string_view route, std::string_view path) const;

  const std::vector<Rule>& rules() const { return rules_; }

 private:
  // All rules for one path of a rule, and what is left of them for each method that one of them names.
  struct Page {
    const RoutePattern* pattern;
    std::unordered_map<std::string_view, Selection> byMethod;
    Selection otherMethods;

    const Selection* find(std::string_view method) const;
  };

  Page makePage(const RoutePattern& pattern) const;
  Selection select(const RoutePattern& pattern, std::string_view method) const;
  const Page* findPage(std::string_view route, std::string_view path) const;

  const std::vector<Rule> rules_;
  std::unordered_map<std::string_view, Page, RoutePattern::Hash, RoutePattern::Equal> exact_;  // by the pattern's stem
  std::vector<const Page*> exactByPath_;  // literal segments first, as a router would choose
  std::vector<Page> prefixes_;            // the longest first
};

}  // namespace kavro::ratelimit
