// One connection to PostgreSQL by libpq, in pipeline mode: what is queued goes out together and costs one round trip.
//
//   if (!connection.open(give_up)) return KAVRO_UNAVAILABLE;   // connection.why()
//   connection.queue("BEGIN");
//   connection.queue("SELECT 1");
//   std::vector<Result> results;
//   if (!connection.run(results, deadline)) ...                // it broke; nothing more comes from it
//
// A connection that broke is closed at once and made anew by the next open(), so the session above it lives on. Broke is
// also one on which anything else came than one result for each command: in this protocol answers find their questions by
// their order alone, so after one too many or too few each would be somebody else's.
//
// Threads: one at a time. Errors: false, with why(); a server that cannot be used at all (too old, another encoding) is
//   a DatabaseError of open().
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/database/postgresql/reachability.hpp"

namespace kavro::database::postgresql {

struct ConnectionOptions {
  std::string url;       // libpq's URI; several hosts may stand in it
  std::string password;  // empty: what the URI, PGPASSWORD or ~/.pgpass say
  std::chrono::milliseconds connect_timeout{3000};     // each host
  std::chrono::milliseconds statement_timeout{10000};  // then the server ends a statement
  // Off for a pooler that gives a server connection for one transaction: no prepared statements, and settings are made
  // anew in each transaction.
  bool prepared_statements = true;
};

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ClearResult>;

class Connection {
 public:
  using Clock = std::chrono::steady_clock;
  using Deadline = Clock::time_point;

  // Between two attempts to connect; doubled up to the maximum.
  static constexpr std::chrono::milliseconds kPauseMin{20};
  static constexpr std::chrono::milliseconds kPauseMax{500};
  // How much longer than statement_timeout an answer is waited for: the network's part.
  static constexpr std::chrono::milliseconds kAnswerGrace{2000};
  // A transaction in which nothing happens for so long is ended by the server, for instance of a stopped process.
  static constexpr std::chrono::seconds kIdleInTransactionMax{30};
  // The oldest PostgreSQL with pg_current_xact_id().
  static constexpr int kServerVersionMin = 130000;

  // Does not connect. `reachability` must outlive it.
  Connection(const ConnectionOptions& options, Reachability& reachability);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Connects when it is not, trying again until `give_up`; at least once, unless an attempt has just failed. Notices
  // when the server has closed an idle connection; while the server is silent to others, asks whether it is there.
  bool open(Deadline give_up);
  bool isOpen() const { return handle_ != nullptr; }
  void close() { handle_.reset(); }

  // Counts connections: what was prepared on an earlier one is gone.
  std::uint64_t serial() const { return serial_; }

  bool tlsInUse() const { return isOpen() && PQsslInUse(handle_.get()) == 1; }
  std::string serverVersion() const;  // "15.4", when it is open
  // Neither a Unix socket nor a loopback address.
  bool isRemote() const;

  // Each adds a command to those that the next run() or runLater() sends. `sql` is one statement, zero-terminated.
  void queue(const char* sql);
  void queuePrepare(const char* name, const char* sql, const std::vector<Oid>& types);
  struct Values {
    std::vector<Oid> types;
    std::vector<const char*> data;
    std::vector<int> sizes;
    std::vector<int> formats;
  };
  void queueStatement(const char* sql, const Values& values);   // answered in binary
  void queuePrepared(const char* name, const Values& values);  // likewise

  std::size_t queued() const { return queued_.size(); }

  // Sends what is queued and takes one result for each. After a failed one the others are PGRES_PIPELINE_ABORTED.
  bool run(std::vector<Result>& results, Deadline deadline);
  // Sends what is queued and returns; the results are dropped by whatever comes next. False when it broke.
  bool runLater();

  // When the answer to a statement that is sent now is overdue.
  Deadline answerDeadline() const { return Clock::now() + options_.statement_timeout + kAnswerGrace; }

  const ConnectionOptions& options() const { return options_; }
  std::string_view why() const { return why_; }

  // A statement that makes the session's settings; for one transaction when `local`.
  std::string settings(bool local) const;

 private:
  struct Finish {
    void operator()(PGconn* handle) const { PQfinish(handle); }
  };

  static constexpr std::size_t kFlushEvery = 64;  // commands; so that many large ones do not pile up here

  void checkAlive();
  void askForALifeSign(Deadline give_up);
  bool takeAnswers(std::vector<Result>& results, Deadline deadline);
  bool connect(Deadline give_up);
  bool poll(bool for_writing, Deadline deadline);
  bool setUp();
  void checkServer();
  enum class Command { kExecute, kPrepare };
  void noteQueued(Command command, int accepted);
  bool send(Deadline deadline);
  bool takeResults(const std::vector<Command>& commands, std::vector<Result>* results, Deadline deadline);
  static bool answers(Command command, PGresult* result);
  bool takeEnd(const std::vector<Command>& commands, std::size_t taken);
  bool checkNothingUnasked();
  bool fail(std::string why);
  std::string errorText() const;

  const ConnectionOptions options_;
  Reachability& reachability_;
  std::unique_ptr<PGconn, Finish> handle_;
  std::uint64_t serial_ = 0;
  std::size_t hosts_ = 1;
  std::vector<Command> queued_;          // since the last run
  bool refused_ = false;                 // libpq did not take one of them
  std::vector<std::vector<Command>> unread_;  // those of each runLater()
  bool unasked_ = false;                 // something came while nothing was asked
  Deadline next_attempt_{};              // not before
  std::chrono::milliseconds pause_ = kPauseMin;
  std::string why_;
};

// "postgresql://kavro@db.example:5432/kavro": the URL without password and parameters, for messages.
std::string withoutSecrets(std::string_view url);

// Why libpq would not take this URL, or empty. A password is not repeated.
std::string whyNoUrl(const std::string& url);

}  // namespace kavro::database::postgresql
