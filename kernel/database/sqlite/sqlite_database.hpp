// The database service on one SQLite file: a writer thread, a thread for checkpoints, and read sessions that are used
// on the caller's thread.
//
// As kernel/database/database.hpp promises.
#pragma once

#include <memory>
#include <string>

#include "kernel/database/database.hpp"
#include "kernel/database/group_writer.hpp"
#include "kernel/database/limited_log.hpp"
#include "kernel/database/sqlite/checkpointer.hpp"
#include "kernel/database/sqlite/connection.hpp"
#include "kernel/database/sqlite/file_state.hpp"
#include "kernel/database/sqlite/read_pool.hpp"
#include "kernel/database/sqlite/room.hpp"

namespace kavro::database::sqlite {

class SqliteDatabase final : public Database {
 public:
  // `path` is what follows "sqlite:" in the url. Throws DatabaseError.
  SqliteDatabase(const std::string& path, const Options& options);
  ~SqliteDatabase() override;

  void migrate(std::span<const Migration> migrations) override;
  void read(kavro_session_fn fn, kavro_done_fn done, void* user) override;
  void write(kavro_session_fn fn, kavro_done_fn done, void* user) override;
  void writeStatement(const kavro_statement& statement, kavro_done_fn done, void* user) override;
  void stop() override;
  Statistics statistics() const override;
  bool isAvailable() const override { return writer_.succeeds() && state_.isGood() && !room_.isShort(); }

 private:
  std::unique_ptr<Connection> openConnection(Connection::Access access);
  std::unique_ptr<Connection> openFirst();
  std::unique_ptr<SqliteSession> openSession(Connection::Access access);
  GroupWriter::Sessions openWriter();
  std::string confirmDamage() const;

  const Options options_;
  LimitedLog log_;
  const std::string file_;
  mutable FileState state_;  // isAvailable() looks at it
  bool began_full_ = false;  // the disk, when the log was to be emptied at the start
  Checkpointer checkpointer_;
  Room room_;
  GroupWriter writer_;
  ReadPool reads_;
};

}  // namespace kavro::database::sqlite
