#include "kernel/config/settings.hpp"

#include <algorithm>
#include <stdexcept>

namespace kavro::config {

const Setting* Settings::find(std::string_view key) const {
  auto found = std::find_if(values_->begin(), values_->end(), [&](const Setting& value) { return value.key == key; });
  return found == values_->end() ? nullptr : &*found;
}

std::optional<std::string_view> Settings::text(std::string_view key) const {
  const Setting* value = find(key);
  return value ? std::optional<std::string_view>(value->text) : std::nullopt;
}

std::optional<std::int64_t> Settings::integer(std::string_view key) const {
  const Setting* value = find(key);
  return value ? value->integer : std::nullopt;
}

std::vector<FamilyMember> Settings::family(std::string_view prefix) const {
  if (prefix.ends_with('*')) prefix.remove_suffix(1);
  if (prefix.ends_with('.')) prefix.remove_suffix(1);
  std::vector<FamilyMember> members;
  for (const Setting& value : *values_) {
    std::string_view key = value.key;
    if (key.size() > prefix.size() + 1 && key.starts_with(prefix) && key[prefix.size()] == '.') {
      members.push_back({key.substr(prefix.size() + 1), value.text, value.origin});
    }
  }
  return members;
}

std::string_view Settings::origin(std::string_view key) const {
  const Setting* value = find(key);
  return value ? std::string_view(value->origin) : std::string_view();
}

bool Settings::isSecret(std::string_view key) const {
  const Setting* value = find(key);
  return value && value->secret;
}

bool Settings::wasRefused(std::string_view key) const {
  return std::find(refused_.begin(), refused_.end(), key) != refused_.end();
}

std::string Settings::getText(std::string_view key) const {
  auto value = text(key);
  if (!value) throw std::logic_error("no setting " + std::string(key));
  return std::string(*value);
}

std::int64_t Settings::getInteger(std::string_view key) const {
  auto value = integer(key);
  if (!value) throw std::logic_error("no number in setting " + std::string(key));
  return *value;
}

}  // namespace kavro::config
