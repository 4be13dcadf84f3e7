// What is known of the database's files that forbids to use them: they are damaged, not at their paths any more, or
// cannot be locked.
//
// Damage is final: what is written into a damaged file is lost with it when a backup is restored, and copying the log
// into it may spoil what the backup lacks. So nothing is written any more until the next start; reads go on, each as
// far as it comes. SQLite says the same of a page that the disk did not give once, so who writes next has it confirmed
// first, and nothing is copied until then.
//
// A file that was deleted, moved or replaced lives on as long as it is open, and the next start finds another one or
// none. So a commit is promised only when both files, the database and its log, lay at their paths after it; and
// nothing is written, and no other connection opened, until they are back. Nothing is deleted or made anew. A look is
// two calls of stat().
//
// When locks fail (SQLITE_PROTOCOL), each read would hold up its thread, a reactor perhaps, while SQLite tries again
// and again. So reads are refused at once, but for one every kTryEvery that finds out whether they work again, and so
// are writes until it has. A lock that the system did not give back stays taken until the process ends: there is
// nothing to do then but to start it again.
//
// Threads: any; remember() before the others. Errors: a line in the log when it begins, and when the files are back.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>

#include "kernel/database/limited_log.hpp"

namespace kavro::database::sqlite {

class FileState {
 public:
  using Clock = std::chrono::steady_clock;

  // How often isGood() looks at files of which nothing bad is known.
  static constexpr std::chrono::seconds kLookEvery{1};

  // How often a read is let through while locks fail, and how often that is logged.
  static constexpr std::chrono::seconds kTryEvery{1};
  static constexpr std::chrono::seconds kRemindEvery{30};
  // Without a read for so long nothing is known of them.
  static constexpr std::chrono::seconds kForget{5};

  // Looks through the database: what is damaged, or empty.
  using Confirm = std::function<std::string()>;

  // `log` must outlive it. Without `confirm`, what SQLite says is believed.
  FileState(std::string file, LimitedLog& log, Confirm confirm = {})
      : file_(std::move(file)), log_(log), confirm_(std::move(confirm)) {}

  // Takes what lies at the paths for the files that are open: call it when they have just been opened.
  void remember(const std::string& log_file);

  // Tells how a call of SQLite failed: its extended code, and what it says about it.
  void note(int code, const char* message) { noteAt(Clock::now(), code, message); }
  void noteAt(Clock::time_point now, int code, const char* message);

  // Whether a read may be tried now. False while locks fail.
  bool mayRead() { return !locks_fail_.load(std::memory_order_relaxed) || mayTryAt(Clock::now()); }
  bool mayTryAt(Clock::time_point now);
  // A read came to its end.
  void noteRead() {
    if (locks_fail_.load(std::memory_order_relaxed)) locksWork();
  }

  // Or suspected to be.
  bool isDamaged() const { return damage_.load(std::memory_order_acquire) != Damage::kNone; }

  // Looks, and says whether the files lie at their paths. True before remember().
  bool inPlace();

  // Why no connection may be opened, or empty. Looks at the files only when they were away.
  std::string whyNotOpen();
  // Why nothing may be written, or empty. Confirms damage that is suspected.
  std::string whyNotWrite();

  // Whether there is no reason not to write. Looks at the files now and then, so that it is noticed without writes too.
  bool isGood();

  // Whether closing must leave the log alone: copied into a damaged file it spoils more, and what lies at its path may
  // be somebody else's.
  bool keepsLog();

 private:
  struct Place {
    std::string path;
    dev_t device = 0;
    ino_t number = 0;
  };
  enum class Found { kSame, kNothing, kAnother };

  void locksWork();
  enum class Damage { kNone, kSuspected, kConfirmed };

  void confirmDamage();
  bool locksFail() const;
  static Found look(const Place& place);
  std::string whyAway() const;

  const std::string file_;
  LimitedLog& log_;
  const Confirm confirm_;
  std::mutex confirming_;
  Place database_, wal_;  // empty paths before remember()
  std::atomic<Damage> damage_{Damage::kNone};
  std::atomic<bool> away_{false};
  std::atomic<bool> locks_fail_{false};
  std::atomic<Clock::time_point> locks_failed_{Clock::time_point{}};
  std::atomic<Clock::time_point> try_at_{Clock::time_point{}};
  std::atomic<Clock::time_point> told_of_locks_{Clock::time_point{}};
  std::atomic<Clock::time_point> looked_{Clock::time_point{}};
};

}  // namespace kavro::database::sqlite
