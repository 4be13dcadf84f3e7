// The checked settings of one section: defaults filled in, limits kept, secrets read.
//
// An immutable value: copy it freely, read it from any thread. Two are equal when they would configure a plugin the
// same way; where a value came from does not count, so that moving a line in the file is no change.
// Holds secrets in the clear: never log a text() without asking isSecret().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kavro::config {

struct Setting {
  std::string key;
  std::string text;                     // a path is absolute here, a secret is the secret itself
  std::optional<std::int64_t> integer;  // durations in milliseconds, sizes in bytes, booleans 1 or 0
  bool secret = false;
  std::string origin;     // "conf/kavro.ini:14", "environment KAVRO_AUTH_TOKEN_TTL", "--set auth.token_ttl", "default"
  std::string file = {};  // the path of the file with the secret, where it came from one; does not count in ==

  friend bool operator==(const Setting& a, const Setting& b) {
    return a.key == b.key && a.text == b.text && a.integer == b.integer && a.secret == b.secret;
  }
};

struct FamilyMember {
  std::string_view name;  // what follows the dot: "login" of "rule.login"
  std::string_view value;
  std::string_view origin;
};

// Views live as long as the Settings they came from, or a copy of it.
class Settings {
 public:
  Settings() : values_(std::make_shared<const std::vector<Setting>>()) {}
  explicit Settings(std::vector<Setting> values, std::vector<std::string> refused = {})
      : values_(std::make_shared<const std::vector<Setting>>(std::move(values))), refused_(std::move(refused)) {}

  // Nothing when the key is not in the schema, or has neither a value nor a default.
  std::optional<std::string_view> text(std::string_view key) const;
  // Nothing also when the setting's type has no number.
  std::optional<std::int64_t> integer(std::string_view key) const;
  // The settings "rule.NAME" for the prefix "rule", "rule." or "rule.*", in the order of the file.
  std::vector<FamilyMember> family(std::string_view prefix) const;
  // Where the value came from; empty when there is none.
  std::string_view origin(std::string_view key) const;
  bool isSecret(std::string_view key) const;

  // True when the setting was given, and so badly that there is a problem instead of a value: it is not just missing.
  bool wasRefused(std::string_view key) const;

  const std::vector<Setting>& all() const { return *values_; }

  // What a caller that knows the schema says: the setting has a default or is required. Throws std::logic_error
  // otherwise, which is a bug.
  std::string getText(std::string_view key) const;
  std::int64_t getInteger(std::string_view key) const;

  friend bool operator==(const Settings& a, const Settings& b) { return *a.values_ == *b.values_; }

 private:
  const Setting* find(std::string_view key) const;

  std::shared_ptr<const std::vector<Setting>> values_;  // shared so that copies keep views valid and cost nothing
  std::vector<std::string> refused_;
};

}  // namespace kavro::config
