#include "kernel/config/number_text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <span>

#include "kernel/config/configuration_file.hpp"
#include "kernel/config/problem.hpp"

namespace kavro::config {
namespace {

using NumberOrReason = std::variant<std::int64_t, std::string>;

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr Unit kDurationUnits[] = {{"ms", 1},     {"s", 1000},      {"min", 60'000},
                                   {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
constexpr Unit kByteUnits[] = {{"B", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}};

constexpr std::string_view kDurationExpected =
    "expected a whole number with a unit, such as 30s; units are ms, s, min (or m), h and d";
constexpr std::string_view kBytesExpected =
    "expected a whole number with a unit, such as 64KiB; units are B, KiB, MiB and GiB";

// A comment behind a value is the likeliest reason that it cannot be understood.
std::string refused(std::string_view text, std::string_view expected) {
  if (text.empty()) return "is empty; " + std::string(expected);
  std::string why = inQuotes(text) + ": " + std::string(expected);
  if (text.find(" ;") != std::string_view::npos) why += "; a comment needs a line of its own";
  return why;
}

NumberOrReason readInteger(std::string_view text) {
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) return inQuotes(text) + ": is beyond what a 64-bit integer can hold";
  if (error != std::errc() || end != text.data() + text.size()) return refused(text, "expected a whole number");
  return number;
}

NumberOrReason readBoolean(std::string_view text) {
  if (text == "on" || text == "true" || text == "yes") return std::int64_t{1};
  if (text == "off" || text == "false" || text == "no") return std::int64_t{0};
  return refused(text, "expected on or off");
}

NumberOrReason readQuantity(std::string_view text, std::span<const Unit> units, bool bare_allowed,
                            std::string_view expected) {
  auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  std::string_view unit = trimmed(text.substr(digits));
  if (digits == 0) return refused(text, expected);
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + digits, number);
  (void)end;
  bool overflow = error == std::errc::result_out_of_range;
  std::int64_t factor = 1;
  if (unit.empty()) {
    if (!bare_allowed && (overflow || number != 0)) return refused(text, expected);
  } else {
    auto found = std::find_if(units.begin(), units.end(), [&](const Unit& known) { return known.name == unit; });
    if (found == units.end()) return refused(text, expected);
    factor = found->factor;
  }
  if (overflow || number > std::numeric_limits<std::int64_t>::max() / factor) {
    return inQuotes(text) + ": is beyond what a 64-bit integer can hold";
  }
  return number * factor;
}

}  // namespace

NumberOrReason readNumber(SettingType type, std::string_view text) {
  switch (type) {
    case SettingType::kInteger:
      return readInteger(text);
    case SettingType::kBoolean:
      return readBoolean(text);
    case SettingType::kDuration:
      return readQuantity(text, kDurationUnits, false, kDurationExpected);
    case SettingType::kBytes:
      return readQuantity(text, kByteUnits, true, kBytesExpected);
    case SettingType::kString:
    case SettingType::kPath:
    case SettingType::kSecret:
      break;
  }
  return std::string("has no number");
}

std::string writeNumber(SettingType type, std::int64_t number) {
  if (type == SettingType::kBoolean) return number ? "on" : "off";
  std::span<const Unit> units;
  if (type == SettingType::kDuration) units = kDurationUnits;
  if (type == SettingType::kBytes) units = kByteUnits;
  const Unit* best = nullptr;
  for (const Unit& unit : units) {
    if (unit.name == "m" || (unit.name == "d" && number < 2 * unit.factor)) continue;
    if (number % unit.factor == 0 && (number != 0 || !best)) best = &unit;
  }
  if (!best) return std::to_string(number);
  if (number == 0) return type == SettingType::kDuration ? "0s" : "0B";
  return std::to_string(number / best->factor) + std::string(best->name);
}

}  // namespace kavro::config
