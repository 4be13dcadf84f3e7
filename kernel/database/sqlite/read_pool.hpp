// Sessions for reads, lent for one read each.
//
// A thread gets the session that it had last when that one is free, because its statements and pages are in this core's
// cache. The lock is held for finding and giving back only, never during a read.
//
// Threads: any. Ownership: owns the sessions. Errors: take() gives null; why is logged.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "kernel/database/limited_log.hpp"
#include "kernel/database/sqlite/sqlite_session.hpp"

namespace kavro::database::sqlite {

class ReadPool {
 public:
  using Open = std::function<std::unique_ptr<SqliteSession>()>;  // may throw DatabaseError

  // Opens the first session, so that what would fail fails at start. `log` must outlive the pool.
  ReadPool(Open open, std::size_t sessions_max, std::chrono::milliseconds wait, LimitedLog& log);

  // Null when none became free in time, none can be opened, or the pool is closed. Give it back with give().
  std::unique_ptr<SqliteSession> take();
  void give(std::unique_ptr<SqliteSession> session);

  // Refuses what comes, waits for those that are lent, closes all.
  void close();

  // Fills in the figures about reads.
  void addTo(Statistics& statistics) const;

 private:
  struct Free {
    std::unique_ptr<SqliteSession> session;
    std::thread::id last_thread;
  };

  std::unique_ptr<SqliteSession> takeFree();
  std::unique_ptr<SqliteSession> openAnother();

  const Open open_;
  const std::size_t sessions_max_;
  const std::chrono::milliseconds wait_;
  LimitedLog& log_;

  mutable std::mutex mutex_;  // protects what follows
  std::condition_variable given_;
  std::vector<Free> free_;
  std::size_t sessions_ = 0;  // free, lent or being opened
  bool closed_ = false;
  std::uint64_t reads_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace kavro::database::sqlite
