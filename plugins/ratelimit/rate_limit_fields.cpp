#include "rate_limit_fields.hpp"

#include <algorithm>

namespace kavro::ratelimit {

namespace {

// A rule's name has no character that a structured field's string would have to escape.
void appendItem(std::string& list, const std::string& name) {
  if (!list.empty()) list += ", ";
  list.append("\"").append(name).append("\"");
}

}  // namespace

std::string policyField(const std::vector<const Rule*>& rules) {
  std::string list;
  for (const Rule* rule : rules) {
    appendItem(list, rule->name);
    list.append(";q=").append(std::to_string(rule->limit.countMax));
    list.append(";w=").append(std::to_string(wholeSeconds(rule->limit.window)));
  }
  return list;
}

void appendState(std::string& list, const Rule& rule, std::uint64_t remaining, std::chrono::milliseconds reset) {
  appendItem(list, rule.name);
  list.append(";r=").append(std::to_string(remaining));
  list.append(";t=").append(std::to_string(wholeSeconds(reset)));
}

std::int64_t wholeSeconds(std::chrono::milliseconds time) {
  return std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(time).count());
}

}  // namespace kavro::ratelimit
