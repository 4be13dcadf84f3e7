#include "kernel/database/migration.hpp"

#include <Poco/DigestEngine.h>
#include <Poco/SHA2Engine.h>

#include <algorithm>
#include <map>

#include "kernel/database/database.hpp"

namespace kavro::database {

namespace {

// The end of the quoted text or comment that begins at `at`, or `at` when none does.
std::size_t skipQuoted(std::string_view sql, std::size_t at) {
  const auto endOr = [&](std::size_t found, std::size_t length) {
    return found == std::string_view::npos ? sql.size() : found + length;
  };
  const char first = sql[at];
  // A doubled quote inside quotes reads as two quoted texts next to each other, which comes to the same.
  if (first == '\'' || first == '"') return endOr(sql.find(first, at + 1), 1);
  if (sql.substr(at).starts_with("--")) return endOr(sql.find('\n', at), 1);
  if (sql.substr(at).starts_with("/*")) return endOr(sql.find("*/", at + 2), 2);
  return at;
}

void checkNumbering(std::span<const Migration> known) {
  std::map<std::string_view, std::uint32_t> last;
  for (const Migration& migration : known) {
    const std::uint32_t expected = last[migration.owner] + 1;
    if (migration.version != expected) {
      throw DatabaseError(describe(migration) + " is out of order: expected version " + std::to_string(expected) +
                          " next; the versions of " + migration.owner + " must count from 1 without a gap");
    }
    last[migration.owner] = expected;
  }
}

}  // namespace

std::string describe(const Migration& migration) {
  return "migration " + std::to_string(migration.version) + " of " + migration.owner + " (" + migration.summary + ")";
}

std::string checksum(const Migration& migration) {
  Poco::SHA2Engine engine(Poco::SHA2Engine::SHA_256);
  engine.update(migration.sql);
  return Poco::DigestEngine::digestToHex(engine.digest());
}

std::string translate(const Migration& migration, const Dialect& dialect) {
  const std::string_view sql = migration.sql;
  std::string result;
  result.reserve(sql.size() + 64);
  for (std::size_t at = 0; at < sql.size();) {
    if (const std::size_t end = skipQuoted(sql, at); end != at) {
      result.append(sql.substr(at, end - at));
      at = end;
    } else if (sql[at] == '{') {
      const std::size_t close = sql.find('}', at);
      const std::string_view word =
          close == std::string_view::npos ? sql.substr(at, 16) : sql.substr(at, close + 1 - at);
      if (word == "{id}") {
        result.append(dialect.id);
      } else if (word == "{bytes}") {
        result.append(dialect.bytes);
      } else {
        throw DatabaseError(describe(migration) + " has the unknown word " + std::string(word) +
                            "; expected {id} or {bytes}");
      }
      at += word.size();
    } else {
      result.push_back(sql[at++]);
    }
  }
  return result;
}

std::vector<const Migration*> pendingMigrations(std::span<const Migration> known,
                                                std::span<const AppliedMigration> applied) {
  checkNumbering(known);
  std::map<std::pair<std::string_view, std::uint32_t>, const AppliedMigration*> unknown;
  for (const AppliedMigration& row : applied) unknown[{row.owner, row.version}] = &row;

  std::vector<const Migration*> pending;
  std::map<std::string_view, std::uint32_t> newest;
  for (const Migration& migration : known) {
    newest[migration.owner] = migration.version;
    const auto found = unknown.find({migration.owner, migration.version});
    if (found == unknown.end()) {
      pending.push_back(&migration);
      continue;
    }
    if (found->second->checksum != checksum(migration)) {
      throw DatabaseError(describe(migration) +
                          " has changed since it was applied to this database; a released migration never changes: "
                          "put its old text back and add a new version");
    }
    unknown.erase(found);
  }

  for (const auto& [key, row] : unknown) {
    const auto mine = newest.find(key.first);
    if (mine == newest.end()) continue;
    throw DatabaseError("the database was written by a newer " + row->owner + ": it has version " +
                        std::to_string(row->version) + " of its schema and this one knows " +
                        std::to_string(mine->second) + "; install the newer one, or go back to an older backup");
  }
  for (const Migration* migration : pending) {
    const auto later = [&](const AppliedMigration& row) {
      return row.owner == migration->owner && row.version > migration->version;
    };
    if (std::any_of(applied.begin(), applied.end(), later)) {
      throw DatabaseError(describe(*migration) +
                          " is missing from the database although a later one was applied; "
                          "the table kavro_migrations was changed by hand: restore a backup");
    }
  }
  return pending;
}

}  // namespace kavro::database
