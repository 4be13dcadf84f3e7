// What a section of the configuration may say: its settings, their types, defaults and limits.
//
// The kernel's own sections are tables in kernel_schema.cpp; a plugin's section is the "settings" object of its
// manifest (schema_reader.hpp). Both are checked by the same code (settings_reader.hpp).
//
// The type of a setting, how it is written, and what its integer is:
//
//   string    any text                            minimum and maximum count bytes; may have choices
//   integer   -9223372036854775808 to ...807      itself
//   boolean   on off true false yes no            1 or 0
//   duration  30s; units ms, s, min or m, h, d    milliseconds; never negative; a bare number only when it is 0
//   bytes     64KiB; units B, KiB, MiB, GiB       bytes; never negative; a bare number counts bytes
//   path      relative to [server] home           none; its text is absolute, except for "-" (a standard stream)
//   secret    see settings_reader.hpp             minimum and maximum count bytes; never shown
//
// A key that ends in ".*" is a family: it stands for any number of keys with that beginning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kavro::config {

enum class SettingType { kString, kInteger, kBoolean, kDuration, kBytes, kPath, kSecret };

// "duration"; and back, nothing for an unknown word.
std::string_view nameOf(SettingType type);
std::optional<SettingType> findSettingType(std::string_view name);
std::vector<std::string> settingTypeNames();

struct SettingSchema {
  std::string key;
  SettingType type = SettingType::kString;
  std::optional<std::string> default_value = std::nullopt;  // as it would be written in the file
  std::optional<std::string> minimum = std::nullopt;        // likewise: "1s"
  std::optional<std::string> maximum = std::nullopt;
  std::vector<std::string> choices = {};  // only for strings; empty: any
  bool required = false;                  // excludes a default
  std::string unit = {};                  // for people: what an integer counts, "calls"
  std::string summary = {};

  bool isFamily() const { return key.size() > 2 && key.ends_with(".*"); }
  // "rule." of "rule.*".
  std::string_view prefix() const { return std::string_view(key).substr(0, key.size() - 1); }
};

class Schema {
 public:
  Schema() = default;
  explicit Schema(std::vector<SettingSchema> settings) : settings_(std::move(settings)) {}

  const std::vector<SettingSchema>& settings() const { return settings_; }

  // The setting that `key` in a file would be: the one of that name, else the family it belongs to. Or none.
  const SettingSchema* find(std::string_view key) const;

  // The keys that can be written, for suggestions: secrets also as key_file, families as "rule.NAME".
  std::vector<std::string> writableKeys() const;

  // What is wrong with the schema itself, each a phrase such as `settings.age: the default is ...`. Empty: nothing.
  std::vector<std::string> flaws() const;

 private:
  std::vector<SettingSchema> settings_;
};

// A value that passed: its text as given, and its integer where the type has one.
struct Value {
  std::string text;
  std::optional<std::int64_t> integer;
};

// Either the value, or why it is refused: a phrase that can follow "token_ttl: ". Of a secret it quotes nothing.
using ValueOrReason = std::variant<Value, std::string>;

// The value of `setting` written as `text`. Checks the type, the limits and the choices. A path is taken as it is.
ValueOrReason readValue(const SettingSchema& setting, std::string_view text);

}  // namespace kavro::config
