// Copies SQLite's write-ahead log back into the database without keeping writes waiting.
//
// A log can only start again at its beginning when all of it has been copied, and a writer that never pauses is never
// all copied by somebody else. So it goes in two steps: once the log has kBeginPages, a thread copies with a connection
// of its own, again and again while writes go on, until little is left; the writer copies that rest itself, right after
// a commit. What waits for the writer then waits for a few pages, not for thousands.
//
// Reads that last hold the log, as with any checkpoint: it grows, and is tried again kBeginPages later.
//
// Threads: watch(), stop() and the destructor from one thread, while the watched connection is not in use; the rest is
//   done by the thread of the watched connection.
// Ownership: owns its connection. A watched connection must not be used after stop().
// Errors: logged; nothing is lost by a checkpoint that fails, the log only grows, and it is tried again kBeginPages later.
//   When the system does not confirm that the database's file is on disk (fsync fails), pages that earlier passes have
//   copied may be lost too, while SQLite counts them as copied: then there are no more checkpoints in this process. All is
//   in the log, which is kept when the server stops; the next start copies all of it anew.
#pragma once

#include <condition_variable>
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
  // How often the thread goes over the log at most before the writer has to take the rest as it is.
  static constexpr int kPassesMax = 4;

  // `state` and `log` must outlive it. Throws DatabaseError.
  Checkpointer(std::unique_ptr<Connection> connection, FileState& state, LimitedLog& log);
  ~Checkpointer();

  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // Takes the place of SQLite's own automatic checkpoints of this connection, the only one that writes.
  void watch(Connection& writer);

  // Ends the thread and closes the connection. May be called again.
  void stop();

  // False when there are no more checkpoints, after such a failure or because of the files' state: whoever closes the database last must leave the log where it is.
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
  Progress checkpoint(sqlite3* connection);

  FileState& state_;
  LimitedLog& log_;
  std::unique_ptr<Connection> connection_;  // the thread's

  int begin_at_ = kBeginPages;  // the watched connection's thread's

  std::mutex mutex_;  // protects what follows
  std::condition_variable changed_;
  Step step_ = Step::kNone;
  bool stopping_ = false;

  std::thread thread_;  // last: starts when everything else is there
};

}  // namespace kavro::database::sqlite
