// A private PgBouncer from Debian's packages in front of a PostgreSQL, in transaction mode: a connection to the server
// is a client's for one transaction, so prepared statements and settings of a session do not outlive it.
//
// It ends with the object, and with the thread that made it. Threads: one. Errors: std::runtime_error with its log;
// without the package, with the remedy.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/services/postgres_database.hpp"
#include "tests/services/process.hpp"
#include "tests/services/temporary_folder.hpp"

namespace kavro::testing {

class PgBouncer {
 public:
  // Starts, and returns when it accepts connections. `postgres` must be there as long as this is used.
  explicit PgBouncer(const PostgresAddress& postgres);
  ~PgBouncer();
  PgBouncer(const PgBouncer&) = delete;
  PgBouncer& operator=(const PgBouncer&) = delete;

  // As the role kavro.
  std::string url(const std::string& database) const { return address_.url(database); }

  std::string log() const { return process_ ? process_->errors() : std::string(); }

 private:
  bool tryStart(const PostgresAddress& postgres);

  TemporaryFolder folder_{"pgbouncer"};
  PostgresAddress address_;
  std::unique_ptr<Process> process_;
};

}  // namespace kavro::testing
