#include "kernel/database/migration.hpp"

#include <Poco/DigestEngine.h>
#include <Poco/SHA2Engine.h>

#include <algorithm>
#include <map>

#include "kernel/database/database.hpp"

namespace kavro::database {

namespace {

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

std::string translate(const Migration& migration, std::span<const Word> words) {
  std::variant<std::string, UnknownWord> replaced = replaceWords(migration.sql, words);
  if (const auto* unknown = std::get_if<UnknownWord>(&replaced)) {
    std::string known;
    for (const Word& word : words) known += (known.empty() ? "" : " or ") + std::string(word.name);
    throw DatabaseError(describe(migration) + " has the unknown word " + unknown->text + "; expected " + known);
  }
  return std::get<std::string>(std::move(replaced));
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
