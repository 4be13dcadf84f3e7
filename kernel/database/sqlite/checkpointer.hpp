// Copies SQLite's write-ahead log back into the database without keeping writes waiting.
//
// A log can only start again at its beginning when all of it has been copied, and a writer that never pauses is never
// all copied by somebody else. So it goes in two steps: once the log has kBeginPages, a thread copies with a connection
// of its own, again and again while writes go on, until little is left; the writer copies that rest itself, right after
// a commit. What waits for the writer then waits for a few pages, not for thousands.
//
// Reads that last hold the log, as with any checkpoint: it grows, and is tried again kBeginPages later.
//
// Where the disk has less free than the log would take until then, it is copied every kLookPages.
//
// Threads: watch(), stop() and the destructor from one thread, while the watched connection is not in use; the rest is
//   done by the thread of the watched connection.
// Ownership: owns its connection. A watched connection must not be used after stop().
// Errors: logged; nothing is lost by a checkpoint that fails, the log only grows, and it is tried again kBeginPages
// later.
//   When the system does not confirm that the database's file is on disk (fsync fails), pages that earlier passes have
//   copied may be lost too, while SQLite counts them as copied: then there are no more checkpoints in this process. All
//   is in the log, which is kept when the server stops; the next start copies all of it anew.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "kernel/database/limited_log.hpp"
#include "kernel/database/sqlite/connection.hpp"
#include "kernel/database/sqlite/file_state.hpp"

namespace kavro::database::sqlite {

class Checkpointer {
 public:
  // 16 MiB. With SQLite's own 1,000 pages 18 % fewer inserts a second were measured, at 64 a commit.
  static constexpr int kBeginPages = 4000;
  // What the writer may be left with. 1 MiB is about as much as one large group of writes.
  static constexpr int kRestPages = 256;
  // After so many more pages in the log it is asked what is free on the disk; 1 MiB.
  static constexpr int kLookPages = 256;
  static constexpr std::uint64_t kLittleBytes = std::uint64_t{kBeginPages} * 4096;
  // How often the log says that the disk is too full to copy.
  static constexpr std::chrono::seconds kRemindEvery{30};
  // How often the thread goes over the log at most before the writer has to take the rest as it is.
  static constexpr int kPassesMax = 4;

  using FreeBytes = std::function<std::uint64_t()>;  // on the disk

  // `state` and `log` must outlive it. Throws DatabaseError.
  Checkpointer(std::unique_ptr<Connection> connection, FileState& state, FreeBytes free_bytes, LimitedLog& log);
  ~Checkpointer();

  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // Takes the place of SQLite's own automatic checkpoints of this connection, the only one that writes.
  void watch(Connection& writer);

  // On the watched connection's thread, outside of a transaction: copies all there is and cuts the log to nothing, if
  // no read holds it. Waits for nobody, and takes the connection's busy timeout away.
  void emptyLog(sqlite3* writer);

  // Ends the thread and closes the connection. May be called again.
  void stop();

  // False when there are no more checkpoints, after such a failure or because of the files' state: whoever closes the
  // database last must leave the log where it is.
  bool mayCopy();

 private:
  enum class Step {
    kNone,     // the log is short
    kCopying,  // the thread copies
    kRest,     // the writer is to copy the rest after its next commit
    kFailed,   // the thread could not copy
    kNever,    // fsync failed
  };

  struct Progress {
    int pages;   // in the log; -1: could not be tried
    int copied;  // of them
  };

  static int onCommit(void* checkpointer, sqlite3* writer, const char* database, int pages);
  void committed(sqlite3* writer, int pages);
  void loop();
  bool copyMost();  // false: it failed
  Progress checkpoint(sqlite3* connection, int mode = SQLITE_CHECKPOINT_PASSIVE);
  bool mayTellOfFullDisk();

  FileState& state_;
  const FreeBytes free_bytes_;
  LimitedLog& log_;
  std::unique_ptr<Connection> connection_;  // the thread's

  // The watched connection's thread's:
  int begin_at_ = kBeginPages;
  int looked_at_ = 0;     // pages in the log when free_bytes_ was asked
  int pages_before_ = 0;  // at the last commit

  std::mutex mutex_;  // protects what follows
  std::condition_variable changed_;
  Step step_ = Step::kNone;
  std::chrono::steady_clock::time_point told_of_full_disk_{};
  bool stopping_ = false;

  std::thread thread_;  // last: starts when everything else is there
};

}  // namespace kavro::database::sqlite
