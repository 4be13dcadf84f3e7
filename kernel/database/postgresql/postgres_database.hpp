// The database service on a PostgreSQL server: writer threads that share one queue, reader threads that share another,
// and a connection for each.
//
// As kernel/database/database.hpp promises. A server that goes away is waited for, connected to again and never a reason
// to stop; see Options::wait_max.
#pragma once

#include <memory>

#include "kernel/database/database.hpp"
#include "kernel/database/group_writer.hpp"
#include "kernel/database/limited_log.hpp"
#include "kernel/database/postgresql/connection.hpp"
#include "kernel/database/postgresql/postgres_session.hpp"
#include "kernel/database/postgresql/reachability.hpp"
#include "kernel/database/postgresql/read_workers.hpp"

namespace kavro::database::postgresql {

class PostgresDatabase final : public Database {
 public:
  // Waits options.start_wait for a server that is not there yet. Throws DatabaseError.
  explicit PostgresDatabase(const Options& options);
  ~PostgresDatabase() override;

  void migrate(std::span<const Migration> migrations) override;
  void read(kavro_session_fn fn, kavro_done_fn done, void* user) override;
  void write(kavro_session_fn fn, kavro_done_fn done, void* user) override;
  void writeStatement(const kavro_statement& statement, kavro_done_fn done, void* user) override;
  void stop() override;
  Statistics statistics() const override;
  bool isAvailable() const override { return !reachability_.away(); }

 private:
  void waitForServer();
  std::unique_ptr<PostgresSession> makeSession(PostgresSession::Access access);
  GroupWriter::Sessions makeWriters();
  ReadWorkers::Sessions makeReaders();

  const Options options_;
  const ConnectionOptions connection_options_;
  LimitedLog log_;
  Reachability reachability_;
  std::unique_ptr<GroupWriter> writers_;
  std::unique_ptr<ReadWorkers> readers_;
};

}  // namespace kavro::database::postgresql
