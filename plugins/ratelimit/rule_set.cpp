#include "rule_set.hpp"

#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include <kavro/error.hpp>

namespace kavro::ratelimit {

std::vector<Rule> rulesOf(const std::vector<Settings::Entry>& entries, Defaults defaults) {
  std::vector<Rule> rules;
  std::set<std::string> named;
  for (const Settings::Entry& entry : entries) {
    named.insert(entry.name);
    if (entry.value == "off") continue;
    try {
      rules.push_back(Rule::parse(entry.name, entry.value));
    } catch (const std::invalid_argument& refusal) {
      throw Error(Status::kInvalid, entry.origin + ": [ratelimit] " + refusal.what());
    }
  }
  if (defaults == Defaults::kOff) return rules;
  for (Rule& rule : defaultRules()) {
    if (!named.contains(rule.name)) rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace kavro::ratelimit
