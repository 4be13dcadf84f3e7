#include "kernel/config/schema_reader.hpp"

#include <optional>
#include <string_view>

#include "kernel/config/did_you_mean.hpp"
#include "kernel/config/problem.hpp"

namespace kavro::config {
namespace {

const std::vector<std::string> kMembers{"type", "default", "minimum",  "maximum", "choices",
                                        "unit", "secret",  "required", "summary"};

// Reads one setting. Each member has a function that stores it, or says what it should have been.
class SettingReader {
 public:
  SettingReader(std::string_view key, std::vector<std::string>& flaws) : flaws_(flaws) { setting_.key = key; }

  SettingSchema read(const simdjson::dom::object& members) {
    bool typed = false;
    for (auto [name, value] : members) {
      typed = typed || name == "type";
      member(name, value);
    }
    if (!typed) flaw("has no \"type\"; it is one of " + listed(settingTypeNames(), "or"));
    if (secret_) {
      if (setting_.type != SettingType::kString && setting_.type != SettingType::kSecret) {
        flaw("\"secret\" is for the types string and secret");
      }
      setting_.type = SettingType::kSecret;
    }
    return std::move(setting_);
  }

 private:
  void flaw(const std::string& text) { flaws_.push_back("settings." + setting_.key + ": " + text); }

  void member(std::string_view name, const simdjson::dom::element& value) {
    if (name == "type") {
      auto type = findSettingType(string(name, value));
      if (type) {
        setting_.type = *type;
      } else if (value.is_string()) {
        flaw(inQuotes(string(name, value)) + " is no type of a setting" +
             didYouMean(string(name, value), settingTypeNames()) + " (known: " + listed(settingTypeNames()) + ")");
      }
    } else if (name == "default") {
      setting_.default_value = scalar(name, value);
    } else if (name == "minimum") {
      setting_.minimum = scalar(name, value);
    } else if (name == "maximum") {
      setting_.maximum = scalar(name, value);
    } else if (name == "choices") {
      choices(value);
    } else if (name == "unit") {
      setting_.unit = string(name, value);
    } else if (name == "summary") {
      setting_.summary = string(name, value);
    } else if (name == "secret") {
      secret_ = boolean(name, value);
    } else if (name == "required") {
      setting_.required = boolean(name, value);
    } else {
      flaw(inQuotes(name) + " is no member of a setting" + didYouMean(name, kMembers));
    }
  }

  std::string string(std::string_view name, const simdjson::dom::element& value) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) flaw(inQuotes(name) + " must be a string");
    return std::string(text);
  }

  bool boolean(std::string_view name, const simdjson::dom::element& value) {
    bool flag = false;
    if (value.get(flag) != simdjson::SUCCESS) flaw(inQuotes(name) + " must be true or false");
    return flag;
  }

  std::optional<std::string> scalar(std::string_view name, const simdjson::dom::element& value) {
    std::string_view text;
    std::int64_t integer = 0;
    bool flag = false;
    if (value.get(text) == simdjson::SUCCESS) return std::string(text);
    if (value.get(integer) == simdjson::SUCCESS) return std::to_string(integer);
    if (value.get(flag) == simdjson::SUCCESS) return flag ? "on" : "off";
    flaw(inQuotes(name) + " must be a string, a whole number or a boolean");
    return std::nullopt;
  }

  void choices(const simdjson::dom::element& value) {
    simdjson::dom::array array;
    if (value.get(array) != simdjson::SUCCESS || array.size() == 0) {
      return flaw("\"choices\" must be an array of strings with at least one");
    }
    for (const simdjson::dom::element& choice : array) {
      std::string_view text;
      if (choice.get(text) != simdjson::SUCCESS) return flaw("\"choices\" must be an array of strings");
      setting_.choices.emplace_back(text);
    }
  }

  SettingSchema setting_;
  bool secret_ = false;
  std::vector<std::string>& flaws_;
};

}  // namespace

Schema readSchema(const simdjson::dom::object& settings, std::vector<std::string>& flaws) {
  std::vector<SettingSchema> read;
  std::size_t before = flaws.size();
  for (auto [key, value] : settings) {
    simdjson::dom::object members;
    if (value.get(members) != simdjson::SUCCESS) {
      flaws.push_back("settings." + std::string(key) + ": must be an object such as {\"type\": \"string\"}");
      continue;
    }
    read.push_back(SettingReader(key, flaws).read(members));
  }
  Schema schema(std::move(read));
  // Limits make sense only when each member is what it should be.
  if (flaws.size() == before) {
    auto own = schema.flaws();
    flaws.insert(flaws.end(), own.begin(), own.end());
  }
  return schema;
}

}  // namespace kavro::config
