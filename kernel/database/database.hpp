// The database service: what "kavro.database/1" is wired to. One per process, on SQLite or PostgreSQL.
//
// Threads: read(), write(), statistics() and isAvailable() from any thread; open(), migrate() and stop() from one thread at a time,
//   never from inside a read, a write or a done.
// Ownership: `user` stays the caller's; it must live until its done function was called.
// Durability: a write whose done says KAVRO_OK is on disk.
// Errors: DatabaseError from open() and migrate(), worded for the operator. read() and write() report through done:
//   what the function returned, or KAVRO_UNAVAILABLE (full, locked, away, too many wait, stopping), or KAVRO_ERROR.
#pragma once

#include <kavro/abi/database.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "kernel/database/migration.hpp"

namespace kavro::database {

// The database cannot be opened or brought up to date. The text names the file, what is wrong and what to do.
class DatabaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Receives a line for the server's log; `level` is KAVRO_LOG_ERROR and so on. Called from any thread; must not throw,
// block for long, or call the database. SQL text may be in it, the values of parameters never are.
using Log = std::function<void(int32_t level, std::string_view message)>;

struct Options {
  // "sqlite:PATH": the folder must exist; the file is created (mode 0600) when it is not there.
  // "postgresql://USER@HOST:PORT/NAME?sslmode=...": libpq's URI, several hosts and all.
  std::string url;
  std::string password;  // PostgreSQL; empty: what the url, PGPASSWORD or ~/.pgpass say

  // How many waiting writes are committed as one transaction. More is faster, until one commit takes longer than a
  // caller likes to wait: about 6 ms at 512 small inserts.
  std::size_t group_max = 512;

  // How many writes may wait. One more is refused with KAVRO_UNAVAILABLE at once.
  std::size_t queue_max = 16384;

  // --- SQLite

  // How long a write waits for a lock that another program holds on the database.
  std::chrono::milliseconds busy_timeout{5000};

  // How many reads can run at once, each on a session of its own (opened when first needed).
  std::size_t read_sessions_max = 64;

  // Memory for pages of the database, for each read session at most. What is not there is copied from the system's
  // cache: 2 microseconds a page, which doubles an inbox whose messages lie on as many pages.
  std::uint64_t read_cache_bytes = 128 * 1024 * 1024;

  // How long a read waits for a session or a lock before it is KAVRO_UNAVAILABLE. Short, because reads of an embedded
  // database run on the caller's thread, which may be a reactor.
  std::chrono::milliseconds read_wait{250};

  // The database refuses to grow beyond this size (writes are KAVRO_UNAVAILABLE then); 0: as large as the disk.
  std::uint64_t file_bytes_max = 0;

  // --- PostgreSQL

  // Threads, each with a connection of its own.
  std::size_t read_sessions = 8;
  std::size_t write_sessions = 2;

  std::chrono::milliseconds connect_timeout{3000};     // each host
  std::chrono::milliseconds statement_timeout{10000};  // then a statement is ended: KAVRO_TIMEOUT

  // How long a read or a write waits for a server that is away before it is KAVRO_UNAVAILABLE.
  std::chrono::milliseconds wait_max{2000};
  // How long open() waits for a server that is not there yet.
  std::chrono::milliseconds start_wait{0};

  // Off for a pooler that gives a server connection for one transaction only.
  bool prepared_statements = true;

  Log log;  // may be empty
};

// Counters since open(), for metrics. Taken one after the other, so they may differ by what happens meanwhile.
struct Statistics {
  std::uint64_t reads = 0;           // read functions run
  std::uint64_t reads_refused = 0;   // no session became free, too many wait, or stopped
  std::uint64_t reads_waiting = 0;   // now
  std::uint64_t read_sessions = 0;   // open now
  std::uint64_t writes = 0;          // write functions whose outcome was reported, whatever it was
  std::uint64_t writes_refused = 0;  // queue full, or stopped
  std::uint64_t writes_waiting = 0;  // now
  std::uint64_t groups = 0;          // transactions committed
  std::uint64_t groups_failed = 0;   // transactions that could not begin or commit
  std::uint64_t largest_group = 0;   // most writes in one committed transaction
  // Committed transactions by their number of writes: up to the bound of that place, and above the last.
  static constexpr std::array<std::uint64_t, 11> kGroupSizeBounds{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};
  std::array<std::uint64_t, kGroupSizeBounds.size() + 1> group_sizes{};
  std::uint64_t writes_in_groups = 0;  // the sum of their sizes
};

// Why open() could not even try this url, or empty. Pure: nothing is created or contacted, and no password is repeated.
std::string whyNoUrl(const std::string& url);

class Database {
 public:
  // Opens and checks what `options.url` names. Throws DatabaseError.
  static std::unique_ptr<Database> open(const Options& options);

  virtual ~Database() = default;  // calls stop()

  // Runs those of `migrations` that the database has not seen, in the order given, each in a transaction. What is
  // already applied stays when a later one fails. Throws DatabaseError: a gap in an owner's versions, an applied one
  // whose SQL has changed, a database that is ahead of `migrations`, or SQL that fails.
  virtual void migrate(std::span<const Migration> migrations) = 0;

  // Runs fn with a session that reads one consistent state; fn may be run more than once. An embedded database runs fn
  // and done before it returns.
  virtual void read(kavro_session_fn fn, kavro_done_fn done, void* user) = 0;

  // Runs fn in a durable transaction on the database's own thread, then done there. fn may be run more than once.
  virtual void write(kavro_session_fn fn, kavro_done_fn done, void* user) = 0;

  // As write() with a function that executes this one statement. `statement` is borrowed until done.
  virtual void writeStatement(const kavro_statement& statement, kavro_done_fn done, void* user) = 0;

  // Finishes what waits, refuses what comes, closes. May be called again.
  virtual void stop() = 0;

  virtual Statistics statistics() const = 0;

  // False while it is known that it cannot be used: the server is away, the file is locked, damaged or not at its path any
  // more, or the disk full. May look at the disk, a few microseconds.
  virtual bool isAvailable() const = 0;
};

}  // namespace kavro::database
