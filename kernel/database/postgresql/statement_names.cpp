#include "kernel/database/postgresql/statement_names.hpp"

#include <algorithm>

namespace kavro::database::postgresql {

StatementNames::Found StatementNames::find(std::uint64_t connection, std::string_view sql,
                                           const std::vector<Oid>& types) {
  if (connection != connection_) {
    entries_.clear();
    connection_ = connection;
  }
  ++uses_;
  const std::string& key = keyOf(sql, types);
  if (const auto entry = entries_.find(key); entry != entries_.end()) {
    entry->second.last_use = uses_;
    return {entry->second.name, true, {}};
  }
  Found found;
  if (entries_.size() >= kStatementsMax) found.given_up = takeOldest();
  found.name = "kavro_" + std::to_string(++names_);
  entries_.emplace(key, Entry{found.name, uses_});
  return found;
}

void StatementNames::forget(std::string_view sql, const std::vector<Oid>& types) { entries_.erase(keyOf(sql, types)); }

const std::string& StatementNames::keyOf(std::string_view sql, const std::vector<Oid>& types) {
  key_ = sql;
  for (const Oid type : types) {
    key_ += '\0';
    key_ += std::to_string(type);
  }
  return key_;
}

std::string StatementNames::takeOldest() {
  const auto oldest = std::min_element(entries_.begin(), entries_.end(), [](const auto& left, const auto& right) {
    return left.second.last_use < right.second.last_use;
  });
  std::string name = oldest->second.name;
  entries_.erase(oldest);
  return name;
}

}  // namespace kavro::database::postgresql
