#include "kernel/database/sqlite/checkpointer.hpp"

#include <kavro/abi/log.h>
#include <pthread.h>

#include <algorithm>
#include <string>
#include <utility>

namespace kavro::database::sqlite {

Checkpointer::Checkpointer(std::unique_ptr<Connection> connection, FileState& state, FreeBytes free_bytes,
                           LimitedLog& log)
    : state_(state), free_bytes_(std::move(free_bytes)), log_(log), connection_(std::move(connection)) {
  // Busy means that somebody else makes a checkpoint: then it need not be made.
  sqlite3_busy_timeout(connection_->handle(), 0);
  thread_ = std::thread([this] { loop(); });
  pthread_setname_np(thread_.native_handle(), "kavro-checkpnt");
}

Checkpointer::~Checkpointer() { stop(); }

void Checkpointer::watch(Connection& writer) { sqlite3_wal_hook(writer.handle(), &Checkpointer::onCommit, this); }

void Checkpointer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  if (connection_ != nullptr && !mayCopy()) connection_->keepLog();
  connection_.reset();
}

int Checkpointer::onCommit(void* checkpointer, sqlite3* writer, const char*, int pages) {
  static_cast<Checkpointer*>(checkpointer)->committed(writer, pages);
  return SQLITE_OK;  // anything else would be taken for a failure of the commit, which is done
}

void Checkpointer::committed(sqlite3* writer, int pages) {
  if (pages < pages_before_) {  // the log has started again
    begin_at_ = kBeginPages;
    looked_at_ = 0;
  }
  pages_before_ = pages;
  if (pages - looked_at_ >= kLookPages) {
    looked_at_ = pages;
    if (free_bytes_() < kLittleBytes) begin_at_ = std::min(begin_at_, pages);
  }
  {
    const std::lock_guard lock(mutex_);
    if (step_ == Step::kCopying || step_ == Step::kNever) return;
    if (step_ == Step::kFailed) {
      if (begin_at_ < pages) begin_at_ = pages + kBeginPages;
      step_ = Step::kNone;
    }
    if (pages < begin_at_) {
      step_ = Step::kNone;  // all was copied while nothing was written, and the log has started again
      return;
    }
    if (step_ == Step::kNone) {
      step_ = Step::kCopying;
      return changed_.notify_one();
    }
  }
  // The thread sleeps, and goes on doing so until step_ is changed here.
  const Progress progress = checkpoint(writer);
  // A read holds it, or it failed.
  if (progress.pages < 0 || progress.copied < progress.pages) begin_at_ = pages + kBeginPages;
  const std::lock_guard lock(mutex_);
  if (step_ != Step::kNever) step_ = Step::kNone;
}

void Checkpointer::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || step_ == Step::kCopying; });
    if (stopping_) return;
    lock.unlock();
    const bool copied = copyMost();
    lock.lock();
    if (step_ != Step::kNever) step_ = copied ? Step::kRest : Step::kFailed;
  }
}

bool Checkpointer::copyMost() {
  int copied_before = 0;
  for (int pass = 0; pass < kPassesMax; ++pass) {
    const Progress progress = checkpoint(connection_->handle());
    if (progress.pages < 0) return false;
    if (progress.pages - progress.copied <= kRestPages || progress.copied <= copied_before) break;
    copied_before = progress.copied;
  }
  return true;
}

void Checkpointer::emptyLog(sqlite3* writer) {
  if (!mayCopy()) return;
  sqlite3_busy_timeout(writer, 0);
  checkpoint(writer, SQLITE_CHECKPOINT_TRUNCATE);
}

bool Checkpointer::mayCopy() {
  const std::lock_guard lock(mutex_);
  return step_ != Step::kNever && !state_.keepsLog();
}

Checkpointer::Progress Checkpointer::checkpoint(sqlite3* connection, int mode) {
  Progress progress{-1, -1};
  if (state_.isDamaged()) return progress;
  const int code = sqlite3_wal_checkpoint_v2(connection, nullptr, mode, &progress.pages, &progress.copied);
  if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return progress;
  state_.note(code, sqlite3_errmsg(connection));
  const std::string what = "the log of the database " + connection_->file() + " could not be copied into it: ";
  if (code != SQLITE_IOERR_FSYNC && code != SQLITE_IOERR_DIR_FSYNC) {
    if ((code & 0xff) != SQLITE_FULL || mayTellOfFullDisk()) {
      log_.write(KAVRO_LOG_WARNING, what + sqlite3_errmsg(connection));
    }
    return {-1, -1};
  }
  {
    const std::lock_guard lock(mutex_);
    step_ = Step::kNever;
  }
  log_.writeAlways(KAVRO_LOG_ERROR,
                   what +
                       "the system does not confirm that it is on disk (fsync failed). Nothing is lost: all stays in " +
                       connection_->file() +
                       "-wal, which grows until the server is started again. Look at the disk, then "
                       "do that");
  return {-1, -1};
}

bool Checkpointer::mayTellOfFullDisk() {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (now - told_of_full_disk_ < kRemindEvery) return false;
  told_of_full_disk_ = now;
  return true;
}

}  // namespace kavro::database::sqlite
