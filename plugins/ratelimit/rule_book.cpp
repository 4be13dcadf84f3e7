#include "rule_book.hpp"

#include <algorithm>

#include "rate_limit_fields.hpp"

namespace kavro::ratelimit {

namespace {

// The order in which patterns are tried on a path: as text, but "{" last, so that literal segments go before
// parameters.
bool isMoreLiteral(std::string_view left, std::string_view right) {
  const auto rank = [](char c) { return c == '{' ? 256 : static_cast<unsigned char>(c); };
  return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end(),
                                      [&](char a, char b) { return rank(a) < rank(b); });
}

}  // namespace

RuleBook::RuleBook(std::vector<Rule> rules) : rules_(std::move(rules)) {
  for (const Rule& rule : rules_) {
    if (!rule.pattern.isPrefix()) {
      exact_.try_emplace(rule.pattern.stem(), makePage(rule.pattern));
    } else if (std::none_of(prefixes_.begin(), prefixes_.end(), [&](const Page& page) {
                 return RoutePattern::Equal()(page.pattern->stem(), rule.pattern.stem());
               })) {
      prefixes_.push_back(makePage(rule.pattern));
    }
  }
  for (const auto& [stem, page] : exact_) exactByPath_.push_back(&page);
  std::sort(exactByPath_.begin(), exactByPath_.end(), [](const Page* left, const Page* right) {
    return isMoreLiteral(left->pattern->stem(), right->pattern->stem());
  });
  std::stable_sort(prefixes_.begin(), prefixes_.end(), [](const Page& left, const Page& right) {
    return left.pattern->segmentCount() > right.pattern->segmentCount();
  });
}

const Selection* RuleBook::find(std::string_view method, std::string_view route, std::string_view path) const {
  const Page* page = findPage(route, path);
  return page ? page->find(method) : nullptr;
}

const RuleBook::Page* RuleBook::findPage(std::string_view route, std::string_view path) const {
  if (!route.empty()) {
    if (const auto found = exact_.find(route); found != exact_.end()) return &found->second;
  } else {
    for (const Page* page : exactByPath_) {
      if (page->pattern->matchesPath(path)) return page;
    }
  }
  for (const Page& page : prefixes_) {
    if (route.empty() ? page.pattern->matchesPath(path) : page.pattern->matchesRoute(route)) return &page;
  }
  return nullptr;
}

const Selection* RuleBook::Page::find(std::string_view method) const {
  const auto found = byMethod.find(method == "HEAD" && !byMethod.contains(method) ? std::string_view("GET") : method);
  const Selection& selection = found != byMethod.end() ? found->second : otherMethods;
  return selection.byAddress.empty() && selection.byUser.empty() ? nullptr : &selection;
}

RuleBook::Page RuleBook::makePage(const RoutePattern& pattern) const {
  Page page{&pattern, {}, select(pattern, "*")};
  for (const Rule& rule : rules_) {
    if (rule.method != "*" && rule.pattern.covers(pattern)) {
      page.byMethod.try_emplace(rule.method, select(pattern, rule.method));
    }
  }
  return page;
}

// `method` "*": one that no rule of the page names, so only the rules for every method count it.
Selection RuleBook::select(const RoutePattern& pattern, std::string_view method) const {
  Selection selection;
  std::vector<const Rule*> all;
  for (const Rule& rule : rules_) {
    if (!rule.pattern.covers(pattern)) continue;
    if (rule.method != "*" && !rule.countsMethod(method)) continue;
    (rule.by == By::kAddress ? selection.byAddress : selection.byUser).push_back(&rule);
    all.push_back(&rule);
  }
  selection.policy = policyField(all);
  return selection;
}

}  // namespace kavro::ratelimit
