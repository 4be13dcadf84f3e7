// A session on PostgreSQL, for reading or for writing.
//
// Round trips: the statements that only control a transaction (BEGIN, SAVEPOINT, RELEASE) wait for the next real one and
//   travel with it; the COMMIT of a read is sent without waiting for its answer. So a function costs as many round trips
//   as it has statements, and a group one more. Writes that are one statement all go with that one.
// Reading: a repeatable-read transaction per function, so that all of its statements see one state.
// Writing: as WriteSession. A group runs without savepoints first, because almost none needs them. When a function has
//   ruined a group, all of it is run again each alone, and the next kCarefulGroups groups get a savepoint for each
//   function: a plugin whose writes keep failing must not cost its neighbours their grouping.
// After a failed statement a function can only fail: PostgreSQL gives up the whole transaction for it.
//
// Threads: one at a time. Errors: statuses; DatabaseError from begin() and runRead() for a server of no use.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/database/limited_log.hpp"
#include "kernel/database/postgresql/connection.hpp"
#include "kernel/database/postgresql/sql_state.hpp"
#include "kernel/database/postgresql/statement_names.hpp"
#include "kernel/database/postgresql/values.hpp"
#include "kernel/database/session.hpp"

namespace kavro::database::postgresql {

class PostgresSession final : public WriteSession {
 public:
  enum class Access { kRead, kWrite };

  static constexpr int kCarefulGroups = 256;
  // A transaction that takes longer is given up. What waits for transactions to end ({settled}) relies on it.
  static constexpr std::chrono::seconds kTransactionMax{30};

  // `log` must outlive the session.
  PostgresSession(std::unique_ptr<Connection> connection, Access access, LimitedLog& log);

  // Runs one read function, connecting until `give_up` if need be, and once more on a new connection when the first one
  // broke. What it throws is KAVRO_ERROR.
  kavro_status runRead(kavro_session_fn fn, void* user, Deadline give_up);

  Connection& connection() { return *connection_; }

  kavro_status execute(kavro_text sql, std::span<const kavro_sql_value> parameters, kavro_row_fn row, void* user,
                       std::int64_t* affected) override;
  std::string_view why() const override { return why_; }

  kavro_status begin(std::size_t functions, Deadline give_up) override;
  kavro_status runFunction(kavro_session_fn fn, void* user) override;
  bool intact() const override { return !ruined_ && connection_->isOpen(); }
  bool worthRunningAgain() const override { return worth_running_again_; }
  Commit commit(std::span<StatementRun> statements) override;
  void rollback() override;

 private:
  // How far the transaction has got on the server.
  enum class Transaction { kNone, kWanted, kRuns };

  kavro_status call(kavro_session_fn fn, void* user);
  kavro_status startRead(Deadline give_up);
  void resetTransaction();
  kavro_status check(std::string_view sql, std::span<const kavro_sql_value> parameters, bool& changes);
  kavro_status check(const kavro_statement& statement);
  void queueControl(bool changes);
  bool queueStatement(std::string_view sql);
  kavro_status send(std::string_view sql, bool changes);
  void queueLocks(std::span<const StatementRun> statements);
  Commit commitFailed(const PGresult* result);
  kavro_status takeFailure(const PGresult* result, std::string_view sql);
  kavro_status lost();
  kavro_status giveRows(const PGresult* result, kavro_row_fn row, void* user);
  kavro_status refuse(kavro_status status, std::string why, std::string_view sql);
  bool control(const char* sql);

  const std::unique_ptr<Connection> connection_;
  const Access access_;
  LimitedLog& log_;

  Transaction transaction_ = Transaction::kNone;
  Connection::Deadline transaction_end_{};  // when it is given up
  bool in_function_ = false;
  bool careful_ = false;         // this transaction has a savepoint for each function
  bool savepoint_ = false;       // this function has one
  bool release_wanted_ = false;  // the function before left one
  bool alone_ = true;            // this transaction has one function
  bool changed_ = false;         // this function may have changed something
  bool aborted_ = false;         // a statement of this function failed on the server, which undoes the transaction
  bool ruined_ = false;          // nothing of this transaction can be committed
  bool worth_running_again_ = false;
  bool forget_statements_ = false;  // what the server has prepared and what names_ says may differ
  int careful_groups_left_ = 0;
  kavro_status failed_ = KAVRO_OK;  // what a statement of this function failed with
  std::string why_;

  StatementNames names_;
  ParameterList parameters_;
  std::vector<Result> results_;
};

}  // namespace kavro::database::postgresql
