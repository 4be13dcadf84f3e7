#include "kernel/http/conditions.hpp"

namespace kavro::http {

namespace {

enum class Comparison { kStrong, kWeak };

constexpr std::string_view kWeakMark = "W/";

bool isWeak(std::string_view tag) { return tag.starts_with(kWeakMark); }
std::string_view opaqueOf(std::string_view tag) { return isWeak(tag) ? tag.substr(kWeakMark.size()) : tag; }

// RFC 9110, 8.8.3.2
bool equal(std::string_view a, std::string_view b, Comparison comparison) {
  if (comparison == Comparison::kStrong && (isWeak(a) || isWeak(b))) return false;
  return opaqueOf(a) == opaqueOf(b);
}

// The next entity tag of the list, quotes and all; empty at its end. A comma may stand within a tag.
std::string_view takeTag(std::string_view& list) {
  const std::size_t begin = list.find_first_not_of(" \t,");
  if (begin == std::string_view::npos) return {};
  const std::size_t open = list.find('"', begin);
  const std::size_t close = open == std::string_view::npos ? open : list.find('"', open + 1);
  if (close == std::string_view::npos) return {};
  const std::string_view tag = list.substr(begin, close + 1 - begin);
  list.remove_prefix(close + 1);
  return tag;
}

struct Condition {
  bool present = false;
  bool names_target = false;
};

Condition read(std::span<const kavro_field> fields, std::string_view name, const Target& target,
               Comparison comparison) {
  Condition condition;
  for (const kavro_field& field : fields) {
    if (fromAbi(field.name) != name) continue;
    condition.present = true;
    std::string_view list = fromAbi(field.value);
    if (list == "*") {
      condition.names_target |= target.exists;
      continue;
    }
    if (!target.entity_tag) continue;
    for (std::string_view tag = takeTag(list); !tag.empty(); tag = takeTag(list)) {
      condition.names_target |= equal(tag, *target.entity_tag, comparison);
    }
  }
  return condition;
}

}  // namespace

// In the order of RFC 9110, 13.2.2.
Verdict judge(std::span<const kavro_field> fields, std::string_view method, const Target& target) {
  const Condition match = read(fields, "if-match", target, Comparison::kStrong);
  if (match.present && !match.names_target) return Verdict::kFailed;
  const Condition none_match = read(fields, "if-none-match", target, Comparison::kWeak);
  if (!none_match.present || !none_match.names_target) return Verdict::kGoOn;
  return method == "GET" || method == "HEAD" ? Verdict::kNotModified : Verdict::kFailed;
}

}  // namespace kavro::http
