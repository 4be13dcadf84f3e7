// A session on SQLite, for reading or for writing.
//
// Reading: the first statement of a function opens a read transaction, so that all of the function's statements see one
//   state; it ends with the function. (Only from the second statement on would not do: what the first one saw is gone
//   by then. It costs about 0.3 of a point read's 4 microseconds.)
// Writing: as WriteSession. A savepoint is opened before a function's first change, when it has neighbours; a write
//   that is one statement needs none.
// After a failed statement a function can only fail: what follows is refused, as a database would that gives up a whole
//   transaction for one statement, so that a plugin behaves the same on all of them.
// Not allowed in `sql`, because the kernel does it: transactions, savepoints, PRAGMA, ATTACH, the kernel's own table.
//
// Threads: one at a time. Errors: statuses; the constructor throws DatabaseError.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "kernel/database/limited_log.hpp"
#include "kernel/database/session.hpp"
#include "kernel/database/sqlite/connection.hpp"
#include "kernel/database/sqlite/file_state.hpp"
#include "kernel/database/sqlite/room.hpp"
#include "kernel/database/sqlite/statement.hpp"
#include "kernel/database/sqlite/statement_cache.hpp"

namespace kavro::database::sqlite {

class SqliteSession final : public WriteSession {
 public:
  // `state`, `log` and `room` must outlive the session; a session that writes needs room.
  SqliteSession(std::unique_ptr<Connection> connection, FileState& state, LimitedLog& log, Room* room = nullptr);
  ~SqliteSession() override;

  // Closing it leaves the log where it is.
  void keepLog() { connection_->keepLog(); }

  // Runs one read function. What it throws is KAVRO_ERROR.
  kavro_status runRead(kavro_session_fn fn, void* user);

  // As execute(), for the kernel's own table.
  kavro_status executeOwn(std::string_view sql, std::span<const kavro_sql_value> parameters);

  // Runs SQL of a migration: any number of statements, one after the other, without keeping them.
  kavro_status executeScript(std::string_view sql);

  kavro_status execute(kavro_text sql, std::span<const kavro_sql_value> parameters, kavro_row_fn row, void* user,
                       std::int64_t* affected) override;
  std::string_view why() const override { return why_; }

  kavro_status begin(std::size_t functions, Deadline give_up) override;
  kavro_status runFunction(kavro_session_fn fn, void* user) override;
  bool intact() const override;
  bool worthRunningAgain() const override { return false; }
  Commit commit(std::span<StatementRun> statements) override;
  void rollback() override;

 private:
  kavro_status call(kavro_session_fn fn, void* user);
  kavro_status executeStatement(Statement& statement, std::span<const kavro_sql_value> parameters, kavro_row_fn row,
                                void* user, std::int64_t* affected);
  kavro_status giveRow(const Statement& statement, std::span<const kavro_sql_value> columns, kavro_row_fn row,
                       void* user);
  kavro_status enterTransaction();
  kavro_status enterSavepoint();
  kavro_status control(Statement& statement);
  kavro_status failure(int code, std::string_view sql);
  void noteFailure();
  std::uint64_t databaseBytes();  // of what is committed, or will be
  kavro_status refuse(kavro_status status, std::string why, std::string_view sql);
  std::unique_ptr<Statement> prepareControl(std::string_view sql);
  static int authorise(void* session, int action, const char* first, const char* second, const char* database,
                       const char* trigger);

  const std::unique_ptr<Connection> connection_;  // first: closed after every statement is gone
  FileState& state_;
  LimitedLog& log_;
  Room* const room_;
  const bool reads_only_;
  const std::uint64_t page_bytes_;

  bool trusted_ = true;       // a statement of the kernel's own is prepared or run
  bool in_function_ = false;  // a read or write function runs
  bool in_transaction_ = false;
  bool in_savepoint_ = false;
  bool alone_ = true;               // this transaction has one function
  bool undoes_itself_ = false;      // what runs is one statement, so no savepoint is needed to undo it
  kavro_status failed_ = KAVRO_OK;  // what a statement of this function failed with, so that the function has to fail
  std::string why_;

  StatementCache statements_;
  std::unique_ptr<Statement> begin_;
  std::unique_ptr<Statement> commit_;
  std::unique_ptr<Statement> rollback_;
  std::unique_ptr<Statement> savepoint_;
  std::unique_ptr<Statement> release_;
  std::unique_ptr<Statement> rollback_to_;
  std::unique_ptr<Statement> page_count_;
};

}  // namespace kavro::database::sqlite
