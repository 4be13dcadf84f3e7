#include "line_writer.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "line.hpp"

namespace kavro::audit {
namespace {

// While it lives, threads that are started take no signals: those are for the kernel, and a broken pipe (SIGPIPE) or a
// file at its limit (SIGXFSZ) is then an error of write().
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

LineWriter::LineWriter(Options options, Report report) : options_(options), report_(std::move(report)) {}

LineWriter::~LineWriter() { stop(); }

void LineWriter::start(LineTarget target) {
  target_.emplace(std::move(target));
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { run(); });
}

void LineWriter::append(std::string_view line) {
  {
    const std::lock_guard lock(mutex_);
    if (lines_ >= options_.queue_max) {
      ++lost_;
      return;  // the thread is awake: there are lines
    }
    pending_ += line;
    ++lines_;
    if (++pending_lines_ > 1) return;
  }
  wake_.notify_one();
}

void LineWriter::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stop_by_ = Clock::now() + options_.stop_patience;
  }
  wake_.notify_one();
  thread_.join();
}

void LineWriter::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto hasWork = [this] { return pending_lines_ > 0 || lost_ > 0 || stopping_; };
    if (!sync_at_) {
      wake_.wait(lock, hasWork);
    } else if (!wake_.wait_until(lock, *sync_at_, hasWork)) {
      lock.unlock();
      syncIfDue(Clock::now());
      lock.lock();
      continue;
    }
    if (pending_lines_ == 0 && lost_ == 0) break;  // stopping, and all is written
    if (options_.flush_interval.count() > 0) {
      wake_.wait_for(lock, options_.flush_interval, [this] { return stopping_; });
    }
    takeBatch();
    lock.unlock();
    writeBatch();
    syncIfDue(Clock::now());
    lock.lock();
    lines_ -= batch_lines_;
  }
  lock.unlock();
  if (sync_at_) syncIfDue(*sync_at_);
}

void LineWriter::takeBatch() {
  batch_.clear();
  std::swap(batch_, pending_);  // the two buffers take turns: no allocation once they have grown
  batch_lines_ = std::exchange(pending_lines_, 0);
  if (const auto lost = std::exchange(lost_, 0)) batch_ += lineOfLoss(lost);
}

void LineWriter::writeBatch() {
  size_t written = 0;
  while (written < batch_.size()) {
    const auto [bytes, error] = target_->write(std::string_view(batch_).substr(written));
    written += bytes;
    if (error == 0) continue;
    reportError("cannot be written", error);
    if (!mayRetry()) {
      giveUp(written);
      break;
    }
  }
  if (written > 0 && options_.sync_interval && !sync_at_) sync_at_ = Clock::now() + *options_.sync_interval;
}

// Waits before the next try; false when it is time to give up.
bool LineWriter::mayRetry() {
  std::unique_lock lock(mutex_);
  const bool was_stopping = stopping_;
  wake_.wait_for(lock, kRetryInterval, [&] { return stopping_ != was_stopping; });
  return !stopping_ || Clock::now() < stop_by_;
}

void LineWriter::giveUp(size_t written) {
  const auto lines = std::count(batch_.begin() + static_cast<std::ptrdiff_t>(written), batch_.end(), '\n');
  const size_t whole = written == 0 ? 0 : batch_.rfind('\n', written - 1) + 1;  // npos + 1 is 0
  target_->takeBack(written - whole);
  report_(target_->name() + ": the server stops, and " + std::to_string(lines) + " line(s) could not be written");
}

void LineWriter::syncIfDue(Clock::time_point now) {
  if (!sync_at_ || now < *sync_at_) return;
  sync_at_.reset();
  if (const int error = target_->sync()) reportError("cannot be forced to the disk", error);
}

void LineWriter::reportError(const std::string& what, int error) {
  const auto now = Clock::now();
  if (reported_at_ && now - *reported_at_ < kReportInterval) return;
  reported_at_ = now;
  report_(target_->name() + " " + what + ": " + std::generic_category().message(error) +
          "; lines wait, and it is tried again until it works");
}

}  // namespace kavro::audit
