#include "kernel/database/sqlite/sqlite_session.hpp"

#include <kavro/abi/log.h>

#include <algorithm>
#include <utility>

#include "kernel/database/database.hpp"
#include "kernel/database/statement_text.hpp"

namespace kavro::database::sqlite {

SqliteSession::SqliteSession(std::unique_ptr<Connection> connection, FileState& state, LimitedLog& log, Room* room)
    : connection_(std::move(connection)),
      state_(state),
      log_(log),
      room_(room),
      reads_only_(connection_->access() == Connection::Access::kRead),
      page_bytes_(room != nullptr ? std::stoull(connection_->run("PRAGMA page_size")) : 0) {
  // DEFERRED takes no lock before it reads; IMMEDIATE takes the write lock now, so that no later statement finds it
  // gone.
  begin_ = prepareControl(reads_only_ ? "BEGIN DEFERRED" : "BEGIN IMMEDIATE");
  commit_ = prepareControl("COMMIT");
  rollback_ = prepareControl("ROLLBACK");
  savepoint_ = prepareControl("SAVEPOINT kavro_function");
  release_ = prepareControl("RELEASE kavro_function");
  rollback_to_ = prepareControl("ROLLBACK TO kavro_function");
  page_count_ = prepareControl("PRAGMA page_count");
  sqlite3_set_authorizer(connection_->handle(), &SqliteSession::authorise, this);
  trusted_ = false;
}

SqliteSession::~SqliteSession() { sqlite3_set_authorizer(connection_->handle(), nullptr, nullptr); }

std::unique_ptr<Statement> SqliteSession::prepareControl(std::string_view sql) {
  Statement::Prepared prepared = Statement::prepare(connection_->handle(), sql);
  if (prepared.statement == nullptr) throw DatabaseError("the database " + connection_->file() + ": " + prepared.why);
  return std::move(prepared.statement);
}

int SqliteSession::authorise(void* session, int action, const char* first, const char* second, const char*,
                             const char*) {
  if (static_cast<const SqliteSession*>(session)->trusted_) return SQLITE_OK;
  const auto own = [](const char* name) { return name != nullptr && std::string_view(name) == "kavro_migrations"; };
  switch (action) {
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
      return SQLITE_DENY;
    case SQLITE_PRAGMA:  // the full-text index asks for data_version by itself
      return first != nullptr && std::string_view(first) == "data_version" ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
    case SQLITE_DROP_TABLE:
      return own(first) ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_ALTER_TABLE:
      return own(second) ? SQLITE_DENY : SQLITE_OK;
    default:
      return SQLITE_OK;
  }
}

kavro_status SqliteSession::runRead(kavro_session_fn fn, void* user) {
  const kavro_status status = call(fn, user);
  // Ends a read transaction; there is nothing to lose when it fails.
  if (in_transaction_ && intact()) control(*commit_);
  in_transaction_ = false;
  return status;
}

kavro_status SqliteSession::begin(std::size_t functions, Deadline give_up) {
  alone_ = functions <= 1;
  undoes_itself_ = false;
  why_ = state_.whyNotWrite();
  if (!why_.empty()) return KAVRO_UNAVAILABLE;
  if (give_up != Deadline{}) {
    if (room_ != nullptr && room_->isShort()) why_ = room_->recover(connection_->handle(), databaseBytes());
    if (!why_.empty()) return KAVRO_UNAVAILABLE;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(give_up - Deadline::clock::now());
    sqlite3_busy_timeout(connection_->handle(), static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
  }
  const kavro_status status = control(*begin_);
  in_transaction_ = status == KAVRO_OK;
  return status;
}

kavro_status SqliteSession::runFunction(kavro_session_fn fn, void* user) {
  const kavro_status status = call(fn, user);
  if (!in_savepoint_ || !intact()) return status;
  in_savepoint_ = false;
  if (status == KAVRO_OK) return control(*release_);
  // When even that fails nothing of the transaction can be trusted: intact() will say so.
  if (control(*rollback_to_) != KAVRO_OK || control(*release_) != KAVRO_OK) control(*rollback_);
  return status;
}

bool SqliteSession::intact() const { return in_transaction_ && sqlite3_get_autocommit(connection_->handle()) == 0; }

WriteSession::Commit SqliteSession::commit(std::span<StatementRun> statements) {
  // Its lock needs nothing: one write runs at a time.
  const auto execute_it = [](void* user, kavro_session* session) {
    const kavro_statement& statement = *static_cast<const kavro_statement*>(user);
    return from(session).execute(statement.sql, {statement.parameters, statement.parameter_count}, statement.row,
                                 statement.row_user, nullptr);
  };
  undoes_itself_ = true;
  for (StatementRun& run : statements) {
    const std::int64_t changes_before = sqlite3_total_changes64(connection_->handle());
    run.status = call(execute_it, const_cast<kavro_statement*>(run.statement));
    if (run.status == KAVRO_OK && intact()) continue;
    // SQLite undoes a statement that fails, except when it says OR FAIL; and not when its row function fails.
    const bool undone = sqlite3_total_changes64(connection_->handle()) == changes_before;
    if (!intact() || alone_ || !undone) return {run.status == KAVRO_OK ? KAVRO_ERROR : run.status, true};
  }
  // It may have come to light since the transaction began, in another session too.
  why_ = state_.whyNotWrite();
  if (!why_.empty()) return {KAVRO_UNAVAILABLE};
  if (room_ != nullptr && !room_->reserve(connection_->handle(), databaseBytes())) {
    why_ = "the disk of the database " + connection_->file() + " is full";
    return {KAVRO_UNAVAILABLE};
  }
  const kavro_status status = control(*commit_);
  if (status != KAVRO_OK) return {status};
  in_transaction_ = false;
  // Stored, but where no later start finds it.
  if (state_.inPlace()) return {KAVRO_OK};
  why_ = state_.whyNotWrite();
  return {KAVRO_UNAVAILABLE};
}

void SqliteSession::rollback() {
  if (intact()) control(*rollback_);
  in_transaction_ = false;
}

kavro_status SqliteSession::call(kavro_session_fn fn, void* user) {
  in_function_ = true;
  in_savepoint_ = false;
  failed_ = KAVRO_OK;
  kavro_status status = KAVRO_ERROR;
  try {
    status = fn(user, handle());
  } catch (...) {
    log_.write(KAVRO_LOG_ERROR, "a function of a database session threw an exception; it must not");
  }
  in_function_ = false;
  return status == KAVRO_OK ? failed_ : status;
}

kavro_status SqliteSession::execute(kavro_text sql, std::span<const kavro_sql_value> parameters, kavro_row_fn row,
                                    void* user, std::int64_t* affected) {
  if (affected != nullptr) *affected = 0;
  const std::string_view text(sql.data != nullptr ? sql.data : "", sql.size);
  if (!in_function_) return refuse(KAVRO_INVALID, "a session is only good inside its function", text);
  if (failed_ != KAVRO_OK) {
    why_ = kAfterFailureReason;
    return failed_;
  }
  if (const kavro_status status = enterTransaction(); status != KAVRO_OK) return status;

  if (Statement* kept = statements_.find(text)) return executeStatement(*kept, parameters, row, user, affected);
  Statement::Prepared prepared = Statement::prepare(connection_->handle(), text);
  if (prepared.statement == nullptr) {
    noteFailure();
    return refuse(prepared.status, std::move(prepared.why), text);
  }
  Statement* kept = statements_.insert(prepared.statement);
  return executeStatement(kept != nullptr ? *kept : *prepared.statement, parameters, row, user, affected);
}

kavro_status SqliteSession::executeStatement(Statement& statement, std::span<const kavro_sql_value> parameters,
                                             kavro_row_fn row, void* user, std::int64_t* affected) {
  if (parameters.size() != statement.parameterCount()) {
    return refuse(KAVRO_INVALID,
                  std::to_string(parameters.size()) + " parameters were given; the statement has " +
                      std::to_string(statement.parameterCount()),
                  statement.sql());
  }
  if (statement.changesData()) {
    if (reads_only_) return refuse(KAVRO_INVALID, "a read changes nothing; use write()", statement.sql());
    if (const kavro_status status = enterSavepoint(); status != KAVRO_OK) return status;
  }

  Statement::Execution execution(statement);
  if (const int code = execution.bind(parameters); code != SQLITE_OK) {
    if (code == SQLITE_MISUSE) return refuse(KAVRO_INVALID, "a parameter has an unknown type", statement.sql());
    return failure(code, statement.sql());
  }
  const std::int64_t changes_before = sqlite3_total_changes64(connection_->handle());
  int code = SQLITE_ROW;
  while ((code = execution.step()) == SQLITE_ROW) {
    if (row == nullptr) continue;
    if (const kavro_status status = giveRow(statement, execution.row(), row, user); status != KAVRO_OK) return status;
  }
  if (code != SQLITE_DONE) return failure(code, statement.sql());
  // changes() speaks of the last INSERT, UPDATE or DELETE, which may have been an earlier statement.
  if (sqlite3_total_changes64(connection_->handle()) == changes_before) return KAVRO_OK;
  const std::int64_t changes = sqlite3_changes64(connection_->handle());
  if (statement.returnsId() && row != nullptr) {
    if (changes != 1) return refuse(KAVRO_INVALID, std::string(kReturningIdReason), statement.sql());
    kavro_sql_value id{};
    id.type = KAVRO_SQL_INTEGER;
    id.value.integer = sqlite3_last_insert_rowid(connection_->handle());
    if (const kavro_status status = giveRow(statement, {&id, 1}, row, user); status != KAVRO_OK) return status;
  }
  if (affected != nullptr) *affected = changes;
  return KAVRO_OK;
}

kavro_status SqliteSession::giveRow(const Statement& statement, std::span<const kavro_sql_value> columns,
                                    kavro_row_fn row, void* user) {
  const kavro_status status = row(user, columns.data(), columns.size());
  if (status == KAVRO_OK) return status;
  if (statement.changesData()) failed_ = status;
  why_ = "the row function ended the query";
  return status;
}

kavro_status SqliteSession::executeOwn(std::string_view sql, std::span<const kavro_sql_value> parameters) {
  trusted_ = true;
  Statement::Prepared prepared = Statement::prepare(connection_->handle(), sql);
  kavro_status status = prepared.status;
  if (prepared.statement != nullptr) {
    status = executeStatement(*prepared.statement, parameters, nullptr, nullptr, nullptr);
  } else {
    why_ = std::move(prepared.why);
  }
  trusted_ = false;
  return status;
}

kavro_status SqliteSession::executeScript(std::string_view sql) {
  const std::string text(sql);
  const int code = sqlite3_exec(connection_->handle(), text.c_str(), nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return KAVRO_OK;
  noteFailure();
  why_ = code == SQLITE_AUTH ? "transactions, PRAGMA, ATTACH and kavro_migrations are the kernel's own"
                             : sqlite3_errmsg(connection_->handle());
  return statusOf(code);
}

kavro_status SqliteSession::enterTransaction() {
  if (!in_transaction_) {  // only a read comes here without one
    if (const kavro_status status = control(*begin_); status != KAVRO_OK) return status;
    in_transaction_ = true;
    return KAVRO_OK;
  }
  if (intact()) return KAVRO_OK;
  // Another statement now would be a transaction of its own and survive the function's failure.
  why_ = "the transaction was rolled back by an earlier failure";
  return failed_ = KAVRO_UNAVAILABLE;
}

kavro_status SqliteSession::enterSavepoint() {
  if (alone_ || undoes_itself_ || in_savepoint_) return KAVRO_OK;
  const kavro_status status = control(*savepoint_);
  in_savepoint_ = status == KAVRO_OK;
  return status;
}

kavro_status SqliteSession::control(Statement& statement) {
  trusted_ = true;
  int code = SQLITE_OK;
  {
    Statement::Execution execution(statement);
    code = execution.step();
    if (code != SQLITE_DONE) {
      why_ = connection_->why();
      noteFailure();
    }
  }
  trusted_ = false;
  return code == SQLITE_DONE ? KAVRO_OK : statusOf(code);
}

kavro_status SqliteSession::failure(int code, std::string_view sql) {
  noteFailure();
  return refuse(statusOf(code), connection_->why(), sql);
}

void SqliteSession::noteFailure() {
  const int code = sqlite3_extended_errcode(connection_->handle());
  state_.note(code, sqlite3_errmsg(connection_->handle()));
  if (room_ != nullptr) room_->note(code);
}

std::uint64_t SqliteSession::databaseBytes() {
  trusted_ = true;
  std::uint64_t pages = 0;
  {
    Statement::Execution execution(*page_count_);
    if (execution.step() == SQLITE_ROW) pages = static_cast<std::uint64_t>(execution.row().front().value.integer);
  }
  trusted_ = false;
  return pages * page_bytes_;
}

kavro_status SqliteSession::refuse(kavro_status status, std::string why, std::string_view sql) {
  why_ = std::move(why);
  failed_ = status;
  if (status == KAVRO_CONFLICT) return status;  // an expected outcome, and the caller's to report
  log_.write(status == KAVRO_UNAVAILABLE ? KAVRO_LOG_WARNING : KAVRO_LOG_ERROR,
             "a statement failed: " + why_ + statementForLog(sql));
  return status;
}

}  // namespace kavro::database::sqlite
