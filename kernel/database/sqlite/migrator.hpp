// Brings a SQLite database's schema up to date, and remembers in the table kavro_migrations what was done.
//
// Errors: DatabaseError; what was applied before it stays. Two programs that migrate at once: one of them is told so.
#pragma once

#include <span>
#include <string_view>

#include "kernel/database/database.hpp"
#include "kernel/database/group_writer.hpp"
#include "kernel/database/migration.hpp"
#include "kernel/database/sqlite/sqlite_session.hpp"

namespace kavro::database::sqlite {

class Migrator {
 public:
  // Both sessions must be otherwise unused. `writer` is who else writes to the database: a migration's transaction
  // begins between two of its groups, however close they follow each other.
  Migrator(SqliteSession& reader, SqliteSession& session, GroupWriter& writer, const Log& log)
      : reader_(reader), session_(session), writer_(writer), log_(log) {}

  void apply(std::span<const Migration> migrations);

 private:
  std::vector<AppliedMigration> readApplied();
  template <typename Row>
  void read(std::string_view statement, Row row);
  void applyOne(const Migration& migration);

  kavro_status begin();

  // Runs `body` in a transaction; rolls back and throws, naming `what`, when it does not return KAVRO_OK.
  template <typename Body>
  void inTransaction(const std::string& what, Body body);

  SqliteSession& reader_;   // needs nobody's lock
  SqliteSession& session_;  // for writing
  GroupWriter& writer_;
  const Log& log_;
};

}  // namespace kavro::database::sqlite
