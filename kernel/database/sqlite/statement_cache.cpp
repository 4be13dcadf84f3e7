#include "kernel/database/sqlite/statement_cache.hpp"

#include <utility>

namespace kavro::database::sqlite {

Statement* StatementCache::find(std::string_view sql) {
  Place& place = placeOf(sql);
  if (place.data == sql.data() && place.entry != nullptr && place.entry->statement->sql() == sql) {
    return use(*place.entry);
  }
  const auto found = entries_.find(sql);
  if (found == entries_.end()) return nullptr;
  place = {sql.data(), &found->second};
  return use(found->second);
}

Statement* StatementCache::insert(std::unique_ptr<Statement>& statement) {
  if (entries_.contains(statement->sql())) return nullptr;
  if (entries_.size() >= kStatementsMax && !evictOldest()) return nullptr;
  const std::string_view key = statement->sql();
  return use(entries_.emplace(key, Entry{std::move(statement)}).first->second);
}

StatementCache::Place& StatementCache::placeOf(std::string_view sql) {
  // Literals lie close together; the multiplication spreads their addresses over the table.
  const auto address = reinterpret_cast<std::uintptr_t>(sql.data());
  return places_[(address * 0x9E3779B97F4A7C15u >> 32) % places_.size()];
}

Statement* StatementCache::use(Entry& entry) {
  entry.last_used = ++tick_;
  return entry.statement->inUse() ? nullptr : entry.statement.get();
}

bool StatementCache::evictOldest() {
  auto oldest = entries_.end();
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->second.statement->inUse()) continue;
    if (oldest == entries_.end() || entry->second.last_used < oldest->second.last_used) oldest = entry;
  }
  if (oldest == entries_.end()) return false;
  for (Place& place : places_) {
    if (place.entry == &oldest->second) place = {};
  }
  entries_.erase(oldest);
  return true;
}

}  // namespace kavro::database::sqlite
