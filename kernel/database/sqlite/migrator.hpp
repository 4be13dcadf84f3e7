// Brings a SQLite database's schema up to date, and remembers in the table kavro_migrations what was done.
//
// Errors: DatabaseError; what was applied before it stays. Two programs that migrate at once: one of them is told so.
#pragma once

#include <span>
#include <string_view>

#include "kernel/database/database.hpp"
#include "kernel/database/migration.hpp"
#include "kernel/database/sqlite/sqlite_session.hpp"

namespace kavro::database::sqlite {

class Migrator {
 public:
  // Both must be otherwise unused.
  Migrator(SqliteSession& reader, SqliteSession& session, const Log& log)
      : reader_(reader), session_(session), log_(log) {}

  void apply(std::span<const Migration> migrations);

 private:
  std::vector<AppliedMigration> readApplied();
  template <typename Row>
  void read(std::string_view statement, Row row);
  void applyOne(const Migration& migration);

  // Runs `body` in a transaction; rolls back and throws, naming `what`, when it does not return KAVRO_OK.
  template <typename Body>
  void inTransaction(const std::string& what, Body body);

  SqliteSession& reader_;   // needs nobody's lock
  SqliteSession& session_;  // for writing
  const Log& log_;
};

}  // namespace kavro::database::sqlite
