// Brings a SQLite database's schema up to date, and remembers in the table kavro_migrations what was done.
//
// Errors: DatabaseError; what was applied before it stays. Two programs that migrate at once: one of them is told so.
#pragma once

#include <span>

#include "kernel/database/database.hpp"
#include "kernel/database/migration.hpp"
#include "kernel/database/sqlite/sqlite_session.hpp"

namespace kavro::database::sqlite {

class Migrator {
 public:
  // `session` must be for writing and otherwise unused.
  Migrator(SqliteSession& session, const Log& log) : session_(session), log_(log) {}

  void apply(std::span<const Migration> migrations);

 private:
  std::vector<AppliedMigration> readApplied();
  void applyOne(const Migration& migration);

  // Runs `body` in a transaction; rolls back and throws, naming `what`, when it does not return KAVRO_OK.
  template <typename Body>
  void inTransaction(const std::string& what, Body body);

  SqliteSession& session_;
  const Log& log_;
};

}  // namespace kavro::database::sqlite
