#include "kernel/database/postgresql/postgres_session.hpp"

#include <kavro/abi/log.h>

#include <charconv>
#include <set>
#include <utility>

#include "kernel/database/database.hpp"
#include "kernel/database/sql_value.hpp"
#include "kernel/database/statement_text.hpp"

namespace kavro::database::postgresql {

namespace {

constexpr const char* kBeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
constexpr const char* kBeginWrite = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
constexpr const char* kSavepoint = "SAVEPOINT kavro_function";
constexpr const char* kRelease = "RELEASE SAVEPOINT kavro_function";
// The first number keeps Kavro's locks apart from those of others: "kav" and a zero byte in ASCII.
constexpr std::string_view kTakeLock = "SELECT pg_advisory_xact_lock(1801549312, hashtext($1))";
constexpr const char* kMayBeStored = " (while committing: it may or may not be stored)";
constexpr const char* kRollbackTo = "ROLLBACK TO SAVEPOINT kavro_function";

std::int64_t affectedRows(PGresult* result) {
  const std::string_view command = PQcmdStatus(result);
  if (command.starts_with("SELECT")) return 0;  // there it counts what was found
  const std::string_view rows = PQcmdTuples(result);
  std::int64_t count = 0;
  std::from_chars(rows.data(), rows.data() + rows.size(), count);
  return count;
}

bool succeeded(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

}  // namespace

PostgresSession::PostgresSession(std::unique_ptr<Connection> connection, Access access, LimitedLog& log)
    : connection_(std::move(connection)), access_(access), log_(log) {}

// --- reads -----------------------------------------------------------------------------------------------------------

kavro_status PostgresSession::runRead(kavro_session_fn fn, void* user, Deadline give_up) {
  kavro_status status = KAVRO_UNAVAILABLE;
  for (int attempt = 0; attempt < 2; ++attempt) {
    status = startRead(give_up);
    if (status != KAVRO_OK) return status;
    status = call(fn, user);
    if (transaction_ == Transaction::kRuns && connection_->isOpen()) {
      connection_->queue("COMMIT");  // or the end of a failed one; nothing depends on the answer
      connection_->runLater();
    }
    if (status == KAVRO_OK || !worth_running_again_) break;
  }
  transaction_ = Transaction::kNone;
  return status;
}

kavro_status PostgresSession::startRead(Deadline give_up) {
  resetTransaction();
  if (!connection_->open(give_up)) {
    why_ = connection_->why();
    return KAVRO_UNAVAILABLE;
  }
  transaction_ = Transaction::kWanted;
  return KAVRO_OK;
}

// --- writes ----------------------------------------------------------------------------------------------------------

kavro_status PostgresSession::begin(std::size_t functions, Deadline give_up) {
  resetTransaction();
  if (!connection_->open(give_up)) {
    why_ = connection_->why();
    return KAVRO_UNAVAILABLE;
  }
  alone_ = functions <= 1;
  careful_ = !alone_ && careful_groups_left_ > 0;
  if (careful_) --careful_groups_left_;
  transaction_ = Transaction::kWanted;
  return KAVRO_OK;
}

kavro_status PostgresSession::runFunction(kavro_session_fn fn, void* user) {
  const kavro_status status = call(fn, user);
  if (!intact()) return status == KAVRO_OK ? KAVRO_ERROR : status;
  if (status == KAVRO_OK) {
    release_wanted_ = savepoint_;
    savepoint_ = false;
    return status;
  }
  if (!changed_ && !aborted_) return status;  // there is nothing to undo
  if (savepoint_) {
    savepoint_ = false;
    if (control(kRollbackTo)) release_wanted_ = true;
  } else {
    ruined_ = true;
    if (!alone_) careful_groups_left_ = kCarefulGroups;
  }
  return status;
}

WriteSession::Commit PostgresSession::commit(std::span<StatementRun> statements) {
  if (statements.empty() && transaction_ != Transaction::kRuns) {  // no function has said anything
    transaction_ = Transaction::kNone;
    return {KAVRO_OK};
  }
  for (StatementRun& run : statements) {
    run.status = check(*run.statement);
    if (run.status == KAVRO_OK) continue;
    ruined_ = true;
    return {run.status, true};
  }
  // All in one round trip, the COMMIT included: a statement that fails makes the server skip what follows it.
  if (!statements.empty()) queueControl(true);
  queueLocks(statements);
  std::vector<std::size_t> last_commands;  // of each statement
  for (const StatementRun& run : statements) {
    check(*run.statement);  // again, because it takes the parameters
    queueStatement({run.statement->sql.data, run.statement->sql.size});
    last_commands.push_back(connection_->queued() - 1);
  }
  connection_->queue("COMMIT");
  transaction_ = Transaction::kNone;
  if (!connection_->run(results_, connection_->answerDeadline())) {
    why_ = std::string(connection_->why()) + kMayBeStored;
    for (StatementRun& run : statements) run.status = KAVRO_UNAVAILABLE;
    return {KAVRO_UNAVAILABLE};  // and never run again
  }
  std::size_t at = 0;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    for (; at <= last_commands[i]; ++at) {
      if (succeeded(results_[at].get())) continue;
      const std::string_view sql(statements[i].statement->sql.data, statements[i].statement->sql.size);
      forget_statements_ = true;  // which of them were prepared is not worth finding out
      statements[i].status = takeFailure(results_[at].get(), sql);
      transaction_ = Transaction::kRuns;  // what is left of it, to be rolled back
      ruined_ = true;
      return {statements[i].status, true};
    }
  }
  if (PGresult* last = results_.back().get(); !succeeded(last) || std::string_view(PQcmdStatus(last)) != "COMMIT") {
    return commitFailed(last);
  }
  const std::vector<Result> results = std::exchange(results_, {});
  for (std::size_t i = 0; i < statements.size(); ++i) {
    const kavro_statement& statement = *statements[i].statement;
    if (statement.row != nullptr) {
      statements[i].status = giveRows(results[last_commands[i]].get(), statement.row, statement.row_user);
    }
  }
  return {KAVRO_OK};
}

WriteSession::Commit PostgresSession::commitFailed(const PGresult* result) {
  if (succeeded(result)) {  // it answered ROLLBACK
    why_ = "the transaction had failed and was rolled back";
    return {KAVRO_ERROR};
  }
  const Failure failure = failureOf(result, false);
  why_ = failure.why;
  worth_running_again_ = failure.worth_running_again;
  // KAVRO_ERROR: this transaction can never be committed, while its functions alone may be.
  return {failure.worth_running_again || failure.status == KAVRO_CONFLICT ? KAVRO_ERROR : failure.status};
}

// Of one name once, and in the same order in every session.
void PostgresSession::queueLocks(std::span<const StatementRun> statements) {
  std::set<std::string_view> names;
  for (const StatementRun& run : statements) {
    if (!KAVRO_HAS(run.statement, lock) || run.statement->lock.size == 0) continue;
    names.insert({run.statement->lock.data, run.statement->lock.size});
  }
  for (const std::string_view name : names) {
    const kavro_sql_value value = textValue(name);
    parameters_.set({&value, 1});
    queueStatement(kTakeLock);
  }
}

void PostgresSession::rollback() {
  const bool runs = transaction_ == Transaction::kRuns;
  transaction_ = Transaction::kNone;
  release_wanted_ = false;
  if (runs && connection_->isOpen()) {
    const std::string why = std::move(why_);
    control("ROLLBACK");
    why_ = why;
  }
}

// --- statements ------------------------------------------------------------------------------------------------------

kavro_status PostgresSession::call(kavro_session_fn fn, void* user) {
  in_function_ = true;
  savepoint_ = false;
  changed_ = aborted_ = false;
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

kavro_status PostgresSession::execute(kavro_text sql, std::span<const kavro_sql_value> parameters, kavro_row_fn row,
                                      void* user, std::int64_t* affected) {
  if (affected != nullptr) *affected = 0;
  const std::string_view text(sql.data != nullptr ? sql.data : "", sql.size);
  if (!in_function_) return refuse(KAVRO_INVALID, "a session is only good inside its function", text);
  if (failed_ != KAVRO_OK) {
    why_ = kAfterFailureReason;
    return failed_;
  }
  bool changes = false;
  if (const kavro_status status = check(text, parameters, changes); status != KAVRO_OK) return status;
  if (transaction_ == Transaction::kRuns && Connection::Clock::now() > transaction_end_) {
    return refuse(KAVRO_TIMEOUT, "the transaction took longer than " + std::to_string(kTransactionMax.count()) + " s",
                  text);
  }
  if (const kavro_status status = send(text, changes); status != KAVRO_OK) return status;

  // Taken out, because a row function may run statements of its own.
  const Result result = std::move(results_.back());
  if (affected != nullptr) *affected = affectedRows(result.get());
  if (row == nullptr) return KAVRO_OK;
  const kavro_status status = giveRows(result.get(), row, user);
  if (status != KAVRO_OK && changes) failed_ = status;  // "had no effect" is a promise, and it has had one already
  return status;
}

// Whether the statement may be sent; takes its parameters.
kavro_status PostgresSession::check(std::string_view sql, std::span<const kavro_sql_value> parameters, bool& changes) {
  const StatementKind kind = kindOf(sql);
  changes = kind == StatementKind::kChanges;
  if (kind == StatementKind::kNotAllowed || (changes && namesKernelTable(sql))) {
    return refuse(KAVRO_INVALID, std::string(kNotAllowedReason), sql);
  }
  if (const auto insert = beforeReturningId(sql); insert && !canReturnId(*insert)) {
    return refuse(KAVRO_INVALID, std::string(kReturningIdReason), sql);
  }
  if (const std::size_t expected = parameterCount(sql); expected != parameters.size()) {
    return refuse(KAVRO_INVALID,
                  std::to_string(parameters.size()) + " parameters were given; the statement has " +
                      std::to_string(expected),
                  sql);
  }
  if (std::string reason = parameters_.set(parameters); !reason.empty()) {
    return refuse(KAVRO_INVALID, std::move(reason), sql);
  }
  return KAVRO_OK;
}

kavro_status PostgresSession::check(const kavro_statement& statement) {
  bool changes = false;
  return check({statement.sql.data, statement.sql.size}, {statement.parameters, statement.parameter_count}, changes);
}

// With the parameters that check() took. True when it has to be prepared first, which is queued as well.
bool PostgresSession::queueStatement(std::string_view sql) {
  const Connection::Values& values = parameters_.values();
  const std::optional<std::string_view> insert = beforeReturningId(sql);
  const std::string text = insert ? std::string(*insert) + " RETURNING id" : std::string(sql);
  if (!connection_->options().prepared_statements) {
    connection_->queueStatement(text.c_str(), values);
    return false;
  }
  const StatementNames::Found statement = names_.find(connection_->serial(), sql, values.types);
  if (!statement.given_up.empty()) connection_->queue(("DEALLOCATE " + statement.given_up).c_str());
  if (!statement.prepared) connection_->queuePrepare(statement.name.c_str(), text.c_str(), values.types);
  connection_->queuePrepared(statement.name.c_str(), values);
  return !statement.prepared;
}

// Sends the statement with whatever has to go before it, and takes the results: the last one is the statement's.
kavro_status PostgresSession::send(std::string_view sql, bool changes) {
  queueControl(changes);
  const bool prepares = queueStatement(sql);
  if (!connection_->run(results_, connection_->answerDeadline())) return lost();
  for (std::size_t i = 0; i < results_.size(); ++i) {
    if (succeeded(results_[i].get())) continue;
    // When the last one failed it was prepared before.
    if (prepares && i + 1 < results_.size()) names_.forget(sql, parameters_.values().types);
    return takeFailure(results_[i].get(), sql);
  }
  return KAVRO_OK;
}

void PostgresSession::queueControl(bool changes) {
  if (transaction_ == Transaction::kWanted) {
    if (std::exchange(forget_statements_, false) && connection_->options().prepared_statements) {
      connection_->queue("DEALLOCATE ALL");
      names_.clear();
    }
    connection_->queue(access_ == Access::kRead ? kBeginRead : kBeginWrite);
    if (!connection_->options().prepared_statements) connection_->queue(connection_->settings(true).c_str());
    transaction_ = Transaction::kRuns;
    transaction_end_ = Connection::Clock::now() + kTransactionMax;
  }
  if (release_wanted_) connection_->queue(kRelease);
  release_wanted_ = false;
  if (careful_ && !savepoint_) {
    connection_->queue(kSavepoint);
    savepoint_ = true;
  }
  changed_ = changed_ || changes;
}

kavro_status PostgresSession::giveRows(const PGresult* result, kavro_row_fn row, void* user) {
  RowReader reader(result);
  for (int i = 0; i < reader.rows(); ++i) {
    const std::span<const kavro_sql_value> columns = reader.read(i);
    if (!reader.why().empty()) return refuse(KAVRO_INVALID, reader.why(), "");
    if (const kavro_status status = row(user, columns.data(), columns.size()); status != KAVRO_OK) {
      why_ = "the row function ended the query";
      return status;
    }
  }
  return KAVRO_OK;
}

kavro_status PostgresSession::takeFailure(const PGresult* result, std::string_view sql) {
  const Failure failure = failureOf(result, access_ == Access::kRead);
  aborted_ = true;
  worth_running_again_ = failure.worth_running_again;
  if (failure.connection_gone) connection_->close();
  // A deadlock or a server that shuts down is told by whoever does not run it again.
  if (failure.worth_running_again) {
    why_ = failure.why;
    return failed_ = failure.status;
  }
  return refuse(failure.status, failure.why, sql);
}

kavro_status PostgresSession::lost() {
  why_ = connection_->why();
  worth_running_again_ = true;  // nothing was committed: that is asked for in commit() alone
  return failed_ = KAVRO_UNAVAILABLE;
}

kavro_status PostgresSession::refuse(kavro_status status, std::string why, std::string_view sql) {
  why_ = std::move(why);
  failed_ = status;
  if (status == KAVRO_CONFLICT) return status;  // an expected outcome, and the caller's to report
  log_.write(status == KAVRO_UNAVAILABLE || status == KAVRO_TIMEOUT ? KAVRO_LOG_WARNING : KAVRO_LOG_ERROR,
             "a statement failed: " + why_ + (sql.empty() ? "" : statementForLog(sql)));
  return status;
}

// A statement of the kernel's own that needs its answer now. What cannot be controlled any more is of no use.
bool PostgresSession::control(const char* sql) {
  connection_->queue(sql);
  if (connection_->run(results_, connection_->answerDeadline()) && succeeded(results_.back().get())) return true;
  why_ = connection_->isOpen() ? failureOf(results_.back().get(), false).why : std::string(connection_->why());
  connection_->close();
  ruined_ = worth_running_again_ = true;
  return false;
}

void PostgresSession::resetTransaction() {
  transaction_ = Transaction::kNone;
  careful_ = savepoint_ = release_wanted_ = ruined_ = worth_running_again_ = false;
}

}  // namespace kavro::database::postgresql
