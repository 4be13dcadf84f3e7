// What a `kavro_session*` of the C boundary points to: one connection, inside one read or write function.
//
// Threads: the one that runs the function; never two at once.
// Errors: execute() returns a status of the ABI and why() tells more; nothing is thrown, except what a row function of
//   the caller throws, which passes through and leaves the session usable.
#pragma once

#include <kavro/abi/database.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kavro::database {

class Session {
 public:
  virtual ~Session() = default;

  // One statement, as kavro_database_v1.execute. `row` and `affected` may be null.
  virtual kavro_status execute(kavro_text sql, std::span<const kavro_sql_value> parameters, kavro_row_fn row,
                               void* user, std::int64_t* affected) = 0;

  // Why the last execute() failed. Borrowed until the next one.
  virtual std::string_view why() const = 0;

  // The handle that crosses the boundary, and back.
  kavro_session* handle() { return reinterpret_cast<kavro_session*>(this); }
  static Session& from(kavro_session* handle) { return *reinterpret_cast<Session*>(handle); }
};

// A write that is one statement, and what came of it.
struct StatementRun {
  const kavro_statement* statement;
  kavro_status status = KAVRO_ERROR;
};

// A session that commits several functions at once. The order: begin, runFunction..., then commit or rollback.
class WriteSession : public Session {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // Starts a transaction for `functions` functions. With one, there are no neighbours to protect: when it fails the
  // caller must roll back. KAVRO_UNAVAILABLE with why() when the database is locked or away, for which it waits
  // until `give_up`; without one, as long as its settings say.
  virtual kavro_status begin(std::size_t functions, Deadline give_up) = 0;

  // Runs one function. When it fails, what it did is undone and its neighbours' work stays (if `functions` was above
  // one and intact() afterwards). Whatever it throws is KAVRO_ERROR.
  virtual kavro_status runFunction(kavro_session_fn fn, void* user) = 0;

  // False when nothing of the transaction can be committed any more.
  virtual bool intact() const = 0;

  // After intact() was false or commit() failed: that was nobody's fault here and nothing was committed (a deadlock, a
  // connection that broke before the commit), so the same functions may well succeed when they are run again.
  virtual bool worthRunningAgain() const = 0;

  struct Commit {
    // KAVRO_OK: on disk. KAVRO_UNAVAILABLE: not now. Anything else: this transaction can never be committed, for
    // instance because of a deferred constraint.
    kavro_status status;
    // A statement, not the commit, is why: as when intact() is false after a function.
    bool ruined = false;
  };

  // Runs the statements, each as if it were a function, and commits. Roll back unless it is KAVRO_OK.
  virtual Commit commit(std::span<StatementRun> statements) = 0;
  virtual void rollback() = 0;
};

}  // namespace kavro::database
