#include "rule.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace kavro::ratelimit {

namespace {

constexpr std::string_view kForm =
    "METHOD PATH COUNT per WINDOW by address|user, for example \"POST /auth/login 5 per 15min by address\"";

[[noreturn]] void refuse(std::string_view name, std::string_view found, std::string_view expected) {
  throw std::invalid_argument("rule." + std::string(name) + ": found \"" + std::string(found) + "\", expected " +
                              std::string(expected));
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  constexpr std::string_view kBlanks = " \t";
  for (std::size_t begin = text.find_first_not_of(kBlanks); begin != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBlanks, begin), text.size());
    found.push_back(text.substr(begin, end - begin));
    begin = text.find_first_not_of(kBlanks, end);
  }
  return found;
}

bool isRuleName(std::string_view name) {
  return !name.empty() && name.size() <= Rule::kNameBytesMax && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

bool isMethod(std::string_view text) {
  const auto isUpper = [](char c) { return c >= 'A' && c <= 'Z'; };
  return text == "*" || (text.size() <= 32 && std::all_of(text.begin(), text.end(), isUpper));
}

// A number at the beginning of `text`, which is taken off; nothing when there is none, or none that fits.
std::optional<std::uint64_t> takeNumber(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::optional<std::uint64_t> parseCount(std::string_view text) {
  const auto number = takeNumber(text);
  if (!number || !text.empty() || *number < 1 || *number > Rule::kCountMax) return std::nullopt;
  return number;
}

std::optional<std::chrono::seconds> parseWindow(std::string_view text) {
  const auto number = takeNumber(text);
  std::chrono::seconds unit{0};
  if (text == "s") unit = std::chrono::seconds(1);
  if (text == "min" || text == "m") unit = std::chrono::minutes(1);
  if (text == "h") unit = std::chrono::hours(1);
  if (text == "d") unit = std::chrono::hours(24);
  constexpr std::chrono::seconds most = Rule::kWindowMax;
  if (!number || *number < 1 || unit.count() == 0) return std::nullopt;
  if (*number > static_cast<std::uint64_t>(most / unit)) return std::nullopt;
  return *number * unit;
}

}  // namespace

Rule Rule::parse(std::string_view name, std::string_view value) {
  if (!isRuleName(name)) refuse(name, name, "a name of 1 to 64 letters, digits, \"_\" and \"-\" after \"rule.\"");
  const std::vector<std::string_view> parts = words(value);
  if (parts.size() != 7 || parts[3] != "per" || parts[5] != "by") refuse(name, value, kForm);
  if (!isMethod(parts[0])) refuse(name, parts[0], "a method in capital letters (GET, POST, ...) or \"*\"");
  std::string why;
  const auto pattern = RoutePattern::parse(parts[1], why);
  if (!pattern) refuse(name, parts[1], why);
  const auto count = parseCount(parts[2]);
  if (!count) refuse(name, parts[2], "how many requests: a whole number from 1 to 1000000000");
  const auto window = parseWindow(parts[4]);
  if (!window) refuse(name, parts[4], "a time such as 30s, 15min, 1h or 1d, from 1s to 366d");
  if (parts[6] != "address" && parts[6] != "user") refuse(name, parts[6], "\"address\" or \"user\"");
  return {std::string(name),
          std::string(parts[0]),
          *pattern,
          {*count, *window},
          parts[6] == "user" ? By::kUser : By::kAddress};
}

std::vector<Rule> defaultRules() {
  return {Rule::parse("register", "POST /auth/register 3 per 1h by address"),
          Rule::parse("login", "POST /auth/login 5 per 15min by address"),
          Rule::parse("send", "POST /messages/ 30 per 1min by user")};
}

}  // namespace kavro::ratelimit
