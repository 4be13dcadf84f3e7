// One SQLite connection, set up the way Kavro needs it: write-ahead log, full durability.
//
// Why not through Poco::Data: decision 0012.
//
// Threads: one at a time, so SQLite is told not to lock anything for it. Ownership: closes the connection; statements
// made on it must be finalised before. Errors: the constructor throws DatabaseError, DamageError too.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "kernel/database/database.hpp"
#include "kernel/database/session.hpp"

namespace kavro::database::sqlite {

// KAVRO_CONFLICT for a unique or primary key that is taken, KAVRO_UNAVAILABLE for what may go away by itself or by
// making room (busy, locked, full, I/O, memory, read-only), KAVRO_INVALID for a statement that is not allowed or a
// value that is too big, KAVRO_ERROR otherwise. A damaged file is KAVRO_UNAVAILABLE: no fault of who asked, and a backup
// cures it.
kavro_status statusOf(int extended_code);

// Tells SQLite, before its first use in this process, not to count its memory: nobody asks for the count, and it costs
// a lock that all threads share with each allocation. Does nothing when SQLite is in use already.
void configureLibrary();

// The file is damaged, or no database.
class DamageError : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};

// The name of a SQLite file system (sqlite.org/vfs.html) that sleeps for kNapMax at most, whatever SQLite asks for. For
// reads, which run on a reactor: when locks fail SQLite tries a hundred times before it says so (SQLITE_PROTOCOL), with
// longer and longer sleeps, 10 s together; so it takes a fifth of one. Null: none, use the ordinary one.
const char* briefFileSystem();

class Connection {
 public:
  static constexpr std::chrono::milliseconds kNapMax{2};

  enum class Access { kRead, kWrite };

  // The file grows in steps of this size, each of which is allocated at once.
  static constexpr int kGrowBytes = 256 * 1024;
  static constexpr std::uint64_t kWriteCacheBytes = 64 * 1024 * 1024;

  struct Options {
    std::chrono::milliseconds busy_timeout;
    std::uint64_t cache_bytes = kWriteCacheBytes;  // of pages, at most
    std::uint64_t file_bytes_max = 0;              // where a writing connection stops to grow the file; 0: nowhere
  };

  // `file` is absolute.
  Connection(const std::string& file, Access access, const Options& options);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  sqlite3* handle() const { return handle_.get(); }
  Access access() const { return access_; }
  const std::string& file() const { return file_; }

  // Why the last call of SQLite failed; with the file and what to do when it is the file that fails.
  std::string why() const;

  // Waits for a lock as long as the options say, asking each millisecond: SQLite's own handler comes to ask ten times a
  // second, which finds few of the moments between the writes of another program.
  void askOften();

  // Closing this connection leaves the log where it is, also when it is the last one.
  void keepLog();

  // Copies all of the log into the file and cuts it to nothing, if nobody else uses it. False: not now; why() tells.
  bool emptyLog();

  // Runs statements of the kernel's own; the first column of the first row as text. Throws DatabaseError.
  std::string run(const std::string& sql);

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };

  void configure(const Options& options);

  const std::string file_;
  const Access access_;
  const std::chrono::milliseconds busy_timeout_;
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace kavro::database::sqlite
