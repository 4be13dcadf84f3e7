// One SQLite connection, opened through Poco::Data and set up the way Kavro needs it: write-ahead log, full durability.
//
// Why the native handle is used from here on: values and rows cross the C boundary with types known only at run time;
// Poco::Data binds C++ variables at compile time, and would copy each value once more.
//
// Threads: one at a time. Ownership: closes the connection; statements made on it must be finalised before.
// Errors: the constructor throws DatabaseError.
#pragma once

#include <Poco/Data/Session.h>
#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "kernel/database/session.hpp"

namespace kavro::database::sqlite {

// KAVRO_CONFLICT for a unique or primary key that is taken, KAVRO_UNAVAILABLE for what may go away by itself or by
// making room (busy, locked, full, I/O, memory, read-only), KAVRO_INVALID for a statement that is not allowed or a
// value that is too big, KAVRO_ERROR otherwise.
kavro_status statusOf(int extended_code);

// Makes Poco::Data know "SQLite" for as long as it lives. Counted, so several may.
class ConnectorRegistration {
 public:
  ConnectorRegistration();
  ~ConnectorRegistration();
  ConnectorRegistration(const ConnectorRegistration&) = delete;
  ConnectorRegistration& operator=(const ConnectorRegistration&) = delete;
};

class Connection {
 public:
  enum class Access { kRead, kWrite };

  // `file` is absolute. `file_bytes_max` (0: none) is where a writing connection stops to grow it.
  Connection(const std::string& file, Access access, std::chrono::milliseconds busy_timeout,
             std::uint64_t file_bytes_max = 0);
  ~Connection();

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  sqlite3* handle() const { return handle_; }
  Access access() const { return access_; }
  const std::string& file() const { return file_; }

  // Runs statements of the kernel's own; the first column of the first row as text. Throws DatabaseError.
  std::string run(const std::string& sql);

 private:
  void configure(std::uint64_t file_bytes_max);

  const std::string file_;
  const Access access_;
  Poco::Data::Session session_;
  sqlite3* const handle_;
};

}  // namespace kavro::database::sqlite
