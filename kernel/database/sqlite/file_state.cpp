#include "kernel/database/sqlite/file_state.hpp"

#include <kavro/abi/log.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kavro::database::sqlite {

namespace {

constexpr const char* kNothingWritten = ": nothing is written any more; stop the server and restore a backup";

}  // namespace

void FileState::remember(const std::string& log_file) {
  const auto place = [](const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? Place{path, status.st_dev, status.st_ino} : Place{};
  };
  database_ = place(file_);
  wal_ = place(log_file);
}

void FileState::noteAt(Clock::time_point now, int code, const char* message) {
  const int kind = code & 0xff;
  if (kind == SQLITE_PROTOCOL) {
    locks_failed_.store(now);
    try_at_.store(now + kTryEvery);
    const bool failed_before = locks_fail_.exchange(true);
    if (Clock::time_point told = told_of_locks_.load();
        (!failed_before || now - told >= kRemindEvery) && told_of_locks_.compare_exchange_strong(told, now)) {
      log_.writeAlways(KAVRO_LOG_ERROR, "the locks of the database " + file_ + " fail (" + message +
                                            "): reads are refused, but for one each second; if that does not end, "
                                            "start the server again");
    }
    return;
  }
  // A virtual table that finds its own rows wrong can be built anew from the others.
  if ((kind != SQLITE_CORRUPT && kind != SQLITE_NOTADB) || code == SQLITE_CORRUPT_VTAB) return;
  Damage none = Damage::kNone;
  if (!damage_.compare_exchange_strong(none, confirm_ ? Damage::kSuspected : Damage::kConfirmed)) return;
  const std::string found = "the database " + file_ + " is damaged (" + message + ")";
  if (confirm_) return log_.write(KAVRO_LOG_WARNING, found + ", it seems: it is looked through before the next write");
  log_.writeAlways(KAVRO_LOG_ERROR, found + kNothingWritten);
}

void FileState::confirmDamage() {
  const std::lock_guard lock(confirming_);
  if (damage_ != Damage::kSuspected) return;
  const std::string found = confirm_();
  damage_ = found.empty() ? Damage::kNone : Damage::kConfirmed;
  if (found.empty()) {
    log_.write(KAVRO_LOG_WARNING, "the database " + file_ + " is whole: a read of the disk failed, then");
  } else {
    log_.writeAlways(KAVRO_LOG_ERROR, "the database " + file_ + " is damaged (" + found + ")" + kNothingWritten);
  }
}

bool FileState::mayTryAt(Clock::time_point now) {
  Clock::time_point due = try_at_.load();
  return now >= due && try_at_.compare_exchange_strong(due, now + kTryEvery);
}

bool FileState::locksFail() const {
  return locks_fail_.load(std::memory_order_relaxed) && Clock::now() - locks_failed_.load() < kForget;
}

void FileState::locksWork() {
  if (!locks_fail_.exchange(false)) return;
  log_.write(KAVRO_LOG_INFORMATION, "the locks of the database " + file_ + " work again");
}

FileState::Found FileState::look(const Place& place) {
  if (place.path.empty()) return Found::kSame;
  struct stat status {};
  if (::stat(place.path.c_str(), &status) != 0) return Found::kNothing;
  return status.st_dev == place.device && status.st_ino == place.number ? Found::kSame : Found::kAnother;
}

bool FileState::inPlace() {
  const bool there = look(database_) == Found::kSame && look(wal_) == Found::kSame;
  looked_.store(Clock::now(), std::memory_order_relaxed);
  const bool were_away = away_.exchange(!there);
  if (there && were_away) log_.writeAlways(KAVRO_LOG_INFORMATION, "the files of the database " + file_ + " are back");
  if (!there && !were_away) log_.writeAlways(KAVRO_LOG_ERROR, whyAway());
  return there;
}

std::string FileState::whyAway() const {
  const std::string begin = "nothing is written into the database " + file_ + " any more: ";
  const std::string saved =
      "what is open can be read in /proc/" + std::to_string(::getpid()) + "/fd until the server stops";
  if (look(database_) != Found::kSame) {
    return begin +
           (look(database_) == Found::kNothing ? "the file was deleted or moved" : "another file is in its place") +
           " while the server uses it; put it back, and " + wal_.path + " with it; " + saved;
  }
  if (look(wal_) == Found::kNothing) {
    return begin + "its log " + wal_.path +
           " was deleted or moved while the server uses it; put it back, or stop the server, which copies all that is "
           "in the log into the database";
  }
  return begin + "another file is in the place of its log " + wal_.path + "; put the log back; " + saved;
}

std::string FileState::whyNotOpen() {
  if (locksFail()) return "the locks of the database " + file_ + " fail";
  if (!away_.load(std::memory_order_acquire) || inPlace()) return {};
  return whyAway();
}

std::string FileState::whyNotWrite() {
  if (damage_.load(std::memory_order_acquire) == Damage::kSuspected) confirmDamage();
  if (isDamaged()) return "the database " + file_ + " is damaged; stop the server and restore a backup";
  return whyNotOpen();
}

bool FileState::isGood() {
  if (isDamaged()) return false;
  if (locksFail()) return false;
  const bool known =
      !away_.load(std::memory_order_acquire) && Clock::now() - looked_.load(std::memory_order_relaxed) < kLookEvery;
  return known || inPlace();
}

bool FileState::keepsLog() { return isDamaged() || look(database_) != Found::kSame || look(wal_) == Found::kAnother; }

}  // namespace kavro::database::sqlite
