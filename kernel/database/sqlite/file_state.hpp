// What is known of the database's files that forbids to write: that they are damaged.
//
// Damage is final: what is written into a damaged file is lost with it when a backup is restored, and copying the log
// into it may spoil what the backup lacks. So nothing is written any more until the next start; reads go on, each as far
// as it comes.
//
// Threads: any. Errors: one line in the log when it begins.
#pragma once

#include <atomic>
#include <string>

#include "kernel/database/limited_log.hpp"

namespace kavro::database::sqlite {

class FileState {
 public:
  // `log` must outlive it.
  FileState(std::string file, LimitedLog& log) : file_(std::move(file)), log_(log) {}

  // Tells how a call of SQLite failed: its extended code, and what it says about it.
  void note(int code, const char* message);

  bool isDamaged() const { return damaged_.load(std::memory_order_acquire); }

  // Why nothing may be written, or empty.
  std::string whyNotWrite() const;

 private:
  const std::string file_;
  LimitedLog& log_;
  std::atomic<bool> damaged_{false};
};

}  // namespace kavro::database::sqlite
