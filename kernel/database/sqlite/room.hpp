// Room on the disk for what the log holds, so that it can always be copied into the database.
//
// New pages are written into the log, and the database grows by them when the log is copied. On a disk that the log has
// filled they could not be copied anywhere: nothing could be written for ever, not even after a little room was made,
// since the log would take that as well. So before a commit the database's file gets the size that it will have then,
// in steps of kStepBytes, and the commit is refused when the disk has not that much. (What is allocated stays so,
// except on file systems that never write in place.)
//
// When the disk was full, isShort() until there is room again. Before each write meanwhile it is looked whether there
// is; if not, the log is copied and cut to nothing, at most each kTryEvery. What needs no more room than there is, is
// still written. Only while the database has not the room that the log needs (a log that an earlier version left, say)
// is everything refused, so that what is freed goes to the database.
//
// Threads: recover() the writer's; the rest any. Errors: false, or why.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "kernel/database/sqlite/checkpointer.hpp"

namespace kavro::database::sqlite {

class Room {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::uint64_t kStepBytes = Connection::kGrowBytes;
  // With less the disk counts as full: what a large group of writes may take in the log.
  static constexpr std::uint64_t kFreeBytesMin = 1024 * 1024;
  static constexpr std::chrono::seconds kTryEvery{1};

  // `checkpointer` must outlive it.
  Room(std::string file, Checkpointer& checkpointer) : file_(std::move(file)), checkpointer_(checkpointer) {}

  // Grows the database's file to these bytes. False when the disk is full; or the file cannot be grown for another
  // reason, which is taken for that.
  bool reserve(sqlite3* connection, std::uint64_t bytes);

  // Tells how a call of SQLite failed.
  void note(int code);
  bool isShort() const { return short_.load(std::memory_order_relaxed); }

  // While isShort(), before a transaction of the writer: tries to make room for a database of these bytes. Why nothing
  // may be written, or empty.
  std::string recover(sqlite3* writer, std::uint64_t bytes);

 private:
  bool hasRoom(sqlite3* writer, std::uint64_t bytes, bool& reserved);

  const std::string file_;
  Checkpointer& checkpointer_;
  std::atomic<bool> short_{false};
  Clock::time_point tried_{};  // the writer's thread's
};

}  // namespace kavro::database::sqlite
