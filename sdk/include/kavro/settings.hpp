// The settings of the plugin's own section, checked against its manifest before any code of it ran.
// Threads: any. Asking for a key that the manifest does not have throws Error(kNotFound): a bug of the plugin.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <kavro/abi/settings.h>
#include <kavro/error.hpp>
#include <kavro/text.hpp>

namespace kavro {

class Settings {
 public:
  // One setting of a family "rule.*".
  struct Entry {
    std::string name;    // what follows "rule."
    std::string value;
    std::string origin;  // "conf/kavro.ini:31", for error messages
  };

  Settings(const kavro_host* host, const kavro_settings_v1* table) : host_(host), table_(table) {}

  // string, path (absolute) and secret; any other type as its plain text.
  std::string string(std::string_view key) const {
    auto value = findString(key);
    if (!value) throw Error(Status::kNotFound, "setting " + std::string(key) + " has no value");
    return *value;
  }

  // Nothing when the key has neither a value nor a default.
  std::optional<std::string> findString(std::string_view key) const {
    kavro_text value{};
    if (table_->text(host_, toAbi(key), &value) != KAVRO_OK) return std::nullopt;
    return std::string(fromAbi(value));
  }

  int64_t integer(std::string_view key) const {
    int64_t value = 0;
    check(table_->integer(host_, toAbi(key), &value), "setting " + std::string(key) + " has no value");
    return value;
  }

  bool boolean(std::string_view key) const { return integer(key) != 0; }
  std::chrono::milliseconds duration(std::string_view key) const { return std::chrono::milliseconds(integer(key)); }
  uint64_t bytes(std::string_view key) const { return static_cast<uint64_t>(integer(key)); }

  // The settings that start with `prefix` and a dot, in the order of the file.
  std::vector<Entry> family(std::string_view prefix) const {
    std::vector<Entry> entries;
    kavro_field field{};
    kavro_text origin{};
    while (table_->family(host_, toAbi(prefix), entries.size(), &field, &origin) == KAVRO_OK) {
      entries.push_back({std::string(fromAbi(field.name)), std::string(fromAbi(field.value)),
                         std::string(fromAbi(origin))});
    }
    return entries;
  }

 private:
  const kavro_host* host_;
  const kavro_settings_v1* table_;
};

}  // namespace kavro
