// Brings a PostgreSQL database's schema up to date, and remembers in the table kavro_migrations what was done.
//
// Several servers may start at once: each step is a transaction that first takes an advisory lock, so that one of them
// runs it and the others find it done. The lock ends with its transaction, which also works behind a pooler.
//
// Threads: one. Errors: DatabaseError; what was applied before it stays.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernel/database/database.hpp"
#include "kernel/database/migration.hpp"
#include "kernel/database/postgresql/connection.hpp"

namespace kavro::database::postgresql {

class Migrator {
 public:
  // How long a server waits for another one that runs the same migrations.
  static constexpr std::chrono::minutes kLockWaitMax{10};

  // `connection` must be open and stays the caller's.
  Migrator(Connection& connection, const Log& log) : connection_(connection), log_(log) {}

  void apply(std::span<const Migration> migrations);

 private:
  // Runs the next pending migration, if there is one: false when there is none.
  bool applyNext(std::span<const Migration> migrations);
  std::vector<AppliedMigration> readApplied();
  void insertRow(const Migration& migration);
  void runScript(const Migration& migration);
  Result run(const char* sql, const Connection::Values& values = {});

  Connection& connection_;
  const Log& log_;
  std::string doing_;  // for messages
};

}  // namespace kavro::database::postgresql
