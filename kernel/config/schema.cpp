#include "kernel/config/schema.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "kernel/config/configuration_file.hpp"
#include "kernel/config/number_text.hpp"
#include "kernel/config/problem.hpp"

namespace kavro::config {
namespace {

constexpr std::array<std::pair<SettingType, std::string_view>, 7> kTypes{{
    {SettingType::kString, "string"},
    {SettingType::kInteger, "integer"},
    {SettingType::kBoolean, "boolean"},
    {SettingType::kDuration, "duration"},
    {SettingType::kBytes, "bytes"},
    {SettingType::kPath, "path"},
    {SettingType::kSecret, "secret"},
}};

bool hasNumber(SettingType type) {
  return type != SettingType::kString && type != SettingType::kPath && type != SettingType::kSecret;
}

// The limits of text are numbers of bytes.
SettingType typeOfLimits(SettingType type) { return hasNumber(type) ? type : SettingType::kBytes; }

std::optional<std::int64_t> limit(SettingType type, const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  auto number = readNumber(typeOfLimits(type), *text);
  const auto* found = std::get_if<std::int64_t>(&number);
  return found ? std::optional(*found) : std::nullopt;
}

std::string whyOutOfLimits(const SettingSchema& setting, std::string_view text, std::int64_t number) {
  bool measured = hasNumber(setting.type);
  std::string subject = measured ? std::string(text) + " is"
                                 : "has " + std::to_string(number) + (number == 1 ? " byte" : " bytes") + ", which is";
  if (auto minimum = limit(setting.type, setting.minimum); minimum && number < *minimum) {
    return subject + " below the minimum, " + *setting.minimum;
  }
  if (auto maximum = limit(setting.type, setting.maximum); maximum && number > *maximum) {
    return subject + " above the maximum, " + *setting.maximum;
  }
  return {};
}

void appendFlaws(const SettingSchema& setting, std::vector<std::string>& flaws) {
  auto flaw = [&](const std::string& text) { flaws.push_back("settings." + setting.key + ": " + text); };
  std::string_view stem = setting.isFamily() ? setting.prefix() : std::string_view(setting.key);
  if (!isKey(stem)) flaw("is no key; those are letters, digits, _, - and . (and .* at the end, for a family)");
  if (setting.summary.empty()) flaw("has no summary");
  if (setting.isFamily() && (setting.default_value || setting.required)) {
    flaw("a family can have no default and cannot be required");
  }
  if (setting.required && setting.default_value) flaw("is required and has a default; one excludes the other");
  if (!setting.choices.empty() && setting.type != SettingType::kString) flaw("choices are for strings");
  for (const auto& [word, value] : {std::pair{"minimum", &setting.minimum}, std::pair{"maximum", &setting.maximum}}) {
    if (!*value) continue;
    if (setting.type == SettingType::kBoolean || setting.type == SettingType::kPath) {
      flaw(std::string("a ") + std::string(nameOf(setting.type)) + " has no " + word);
    } else if (auto number = readNumber(typeOfLimits(setting.type), **value); number.index() == 1) {
      flaw(std::string("the ") + word + ": " + std::get<std::string>(number));
    }
  }
  auto minimum = limit(setting.type, setting.minimum), maximum = limit(setting.type, setting.maximum);
  if (minimum && maximum && *minimum > *maximum) flaw("the minimum is above the maximum");
  if (setting.default_value) {
    if (setting.type == SettingType::kSecret) {
      flaw("a secret can have no default");
    } else if (auto value = readValue(setting, *setting.default_value); value.index() == 1) {
      flaw("the default: " + std::get<std::string>(value));
    }
  }
}

}  // namespace

std::string_view nameOf(SettingType type) {
  for (const auto& [known, name] : kTypes) {
    if (known == type) return name;
  }
  return "?";
}

std::optional<SettingType> findSettingType(std::string_view name) {
  for (const auto& [type, known] : kTypes) {
    if (known == name) return type;
  }
  return std::nullopt;
}

std::vector<std::string> settingTypeNames() {
  std::vector<std::string> names;
  for (const auto& [type, name] : kTypes) names.emplace_back(name);
  return names;
}

const SettingSchema* Schema::find(std::string_view key) const {
  const SettingSchema* family = nullptr;
  for (const SettingSchema& setting : settings_) {
    if (setting.key == key) return setting.isFamily() ? nullptr : &setting;
    bool member = setting.isFamily() && key.size() > setting.prefix().size() && key.starts_with(setting.prefix());
    if (member && !family) family = &setting;
  }
  return family;
}

std::vector<std::string> Schema::writableKeys() const {
  std::vector<std::string> keys;
  for (const SettingSchema& setting : settings_) {
    keys.push_back(setting.isFamily() ? std::string(setting.prefix()) + "NAME" : setting.key);
    if (setting.type == SettingType::kSecret) keys.push_back(keys.back() + "_file");
  }
  return keys;
}

std::vector<std::string> Schema::flaws() const {
  std::vector<std::string> flaws;
  for (const SettingSchema& setting : settings_) {
    appendFlaws(setting, flaws);
    auto same = std::count_if(settings_.begin(), settings_.end(),
                              [&](const SettingSchema& other) { return other.key == setting.key; });
    if (same > 1) flaws.push_back("settings." + setting.key + ": is there more than once");
    // foo_file would mean two things.
    if (setting.type == SettingType::kSecret && !setting.isFamily() && find(setting.key + "_file")) {
      flaws.push_back("settings." + setting.key + "_file: is how the file with the secret " + setting.key +
                      " is named; use another key");
    }
  }
  return flaws;
}

ValueOrReason readValue(const SettingSchema& setting, std::string_view text) {
  if (hasNumber(setting.type)) {
    auto number = readNumber(setting.type, text);
    if (auto* why = std::get_if<std::string>(&number)) return std::move(*why);
    auto integer = std::get<std::int64_t>(number);
    if (std::string why = whyOutOfLimits(setting, text, integer); !why.empty()) return why;
    return Value{std::string(text), integer};
  }
  if (text.empty() && setting.type != SettingType::kString) {
    return "is empty; give it a " + std::string(nameOf(setting.type)) + ", or leave the line out";
  }
  if (!setting.choices.empty() &&
      std::find(setting.choices.begin(), setting.choices.end(), text) == setting.choices.end()) {
    std::string why = inQuotes(text) + ": expected " + listed(setting.choices, "or");
    if (text.find(" ;") != std::string_view::npos) why += "; a comment needs a line of its own";
    return why;
  }
  auto size = static_cast<std::int64_t>(text.size());
  if (std::string why = whyOutOfLimits(setting, text, size); !why.empty()) return why;
  return Value{std::string(text), std::nullopt};
}

}  // namespace kavro::config
