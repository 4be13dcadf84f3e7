// Writes lines on a thread of its own, so that whoever has one to say never waits for a disk.
//
// Lines keep the order of append(). Those that came while the last were being written go out together, in one write.
// Nothing is lost but what append() drops because `queue_max` lines wait (a line says how many), and what cannot be
// written within `stop_patience` of stop(). A write that fails or ends in the middle of a line is gone on with where it
// stopped, again and again, until it works.
// A file that was renamed or removed (logrotate) is opened anew at its path between two lines, at most once in
// kReopenInterval; what is written until then is in the file that was renamed. No signal is needed.
//
// Threads: append() and counts() any; start() and stop() the one that owns the object.
// Errors go to `report`, called on the writing thread, at most once in kReportInterval.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <kavro/line_target.hpp>

namespace kavro {

class LineWriter {
 public:
  using Clock = std::chrono::steady_clock;
  using Report = std::function<void(const std::string&)>;
  // The line, with its line feed, that says that `count` lines were dropped.
  using LossLine = std::function<std::string(std::uint64_t count)>;

  static constexpr std::chrono::seconds kReportInterval{60};
  static constexpr std::chrono::milliseconds kRetryInterval{100};
  static constexpr std::chrono::milliseconds kReopenInterval{100};

  struct Options {
    size_t queue_max = 100000;
    std::chrono::milliseconds flush_interval{20};
    std::optional<std::chrono::milliseconds> sync_interval = std::nullopt;  // nothing: left to the system
    std::chrono::milliseconds stop_patience{5000};
    std::chrono::milliseconds reopen_interval = kReopenInterval;
  };

  // Since construction.
  struct Counts {
    std::uint64_t written = 0;  // lines that are in the file, or wherever they went
    std::uint64_t lost = 0;     // dropped by append(), or given up by stop()
    std::uint64_t waiting = 0;  // now
  };

  LineWriter(Options options, LossLine lossLine, Report report)
      : options_(options), lossLine_(std::move(lossLine)), report_(std::move(report)) {}
  ~LineWriter() { stop(); }
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Starts the thread. Lines appended before wait for it.
  void start(LineTarget target) {
    target_.emplace(std::move(target));
    const SignalsBlocked blocked;
    thread_ = std::thread([this] { run(); });
  }

  // `line` ends with a line feed. Copies it and returns.
  void append(std::string_view line) {
    {
      const std::lock_guard lock(mutex_);
      if (lines_ >= options_.queue_max) {
        ++lost_;
        ++counts_.lost;
        return;  // the thread is awake: there are lines
      }
      pending_ += line;
      ++lines_;
      if (++pending_lines_ > 1) return;
    }
    wake_.notify_one();
  }

  // Writes what waits, forces it to the disk unless that is left to the system, and ends the thread.
  void stop() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      stop_by_ = Clock::now() + options_.stop_patience;
    }
    wake_.notify_one();
    thread_.join();
  }

  Counts counts() const {
    const std::lock_guard lock(mutex_);
    Counts now = counts_;
    now.waiting = lines_;
    return now;
  }

 private:
  // While it lives, threads that are started take no signals: those are for the kernel, and a broken pipe (SIGPIPE) or
  // a file at its limit (SIGXFSZ) is then an error of write().
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

  void run() {
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
      reopenIfMoved();
      const std::uint64_t given_up = writeBatch();
      syncIfDue(Clock::now());
      lock.lock();
      lines_ -= batch_lines_;
      const std::uint64_t unwritten = std::min<std::uint64_t>(given_up, batch_lines_);
      counts_.written += batch_lines_ - unwritten;
      counts_.lost += unwritten;
    }
    lock.unlock();
    if (sync_at_) syncIfDue(*sync_at_);
  }

  void takeBatch() {  // with mutex_ held
    batch_.clear();
    std::swap(batch_, pending_);  // the two buffers take turns: no allocation once they have grown
    batch_lines_ = std::exchange(pending_lines_, 0);
    if (const auto lost = std::exchange(lost_, 0)) batch_ += lossLine_(lost);
  }

  // Between two batches, so that no line is torn. What cannot be opened is tried again with the next; the lines go on
  // to the file that was renamed meanwhile.
  void reopenIfMoved() {
    const auto now = Clock::now();
    if (now < reopen_at_) return;
    reopen_at_ = now + options_.reopen_interval;
    if (!target_->movedAway()) return;
    if (sync_at_) syncIfDue(*sync_at_);
    try {
      target_->reopen();
    } catch (const std::exception& error) {
      report(std::string(error.what()) + "; lines go on to the file that was there before");
    }
  }

  // The lines that had to be given up.
  std::uint64_t writeBatch() {
    size_t written = 0;
    std::uint64_t given_up = 0;
    while (written < batch_.size()) {
      const auto [bytes, error] = target_->write(std::string_view(batch_).substr(written));
      written += bytes;
      if (error == 0) continue;
      reportError("cannot be written", error);
      if (target_->movedAway()) {  // somebody made room: leave the old file with whole lines
        const size_t whole = wholeLines(written);
        target_->takeBack(written - whole);
        written = whole;
        reopenIfMoved();
      }
      if (!mayRetry()) {
        given_up = giveUp(written);
        break;
      }
    }
    if (written > 0 && options_.sync_interval && !sync_at_) sync_at_ = Clock::now() + *options_.sync_interval;
    return given_up;
  }

  // Waits before the next try; false when it is time to give up.
  bool mayRetry() {
    std::unique_lock lock(mutex_);
    const bool was_stopping = stopping_;
    wake_.wait_for(lock, kRetryInterval, [&] { return stopping_ != was_stopping; });
    return !stopping_ || Clock::now() < stop_by_;
  }

  std::uint64_t giveUp(size_t written) {
    const auto lines = std::count(batch_.begin() + static_cast<std::ptrdiff_t>(written), batch_.end(), '\n');
    target_->takeBack(written - wholeLines(written));
    report_(target_->name() + ": the server stops, and " + std::to_string(lines) + " line(s) could not be written");
    return static_cast<std::uint64_t>(lines);
  }

  // How many of the first `bytes` of the batch are whole lines.
  size_t wholeLines(size_t bytes) const {
    return bytes == 0 ? 0 : batch_.rfind('\n', bytes - 1) + 1;  // npos + 1 is 0
  }

  void syncIfDue(Clock::time_point now) {
    if (!sync_at_ || now < *sync_at_) return;
    sync_at_.reset();
    if (const int error = target_->sync()) reportError("cannot be forced to the disk", error);
  }

  void reportError(const std::string& what, int error) {
    report(target_->name() + " " + what + ": " + std::generic_category().message(error) +
           "; lines wait, and it is tried again until it works");
  }

  void report(const std::string& text) {
    const auto now = Clock::now();
    if (reported_at_ && now - *reported_at_ < kReportInterval) return;
    reported_at_ = now;
    report_(text);
  }

  const Options options_;
  const LossLine lossLine_;
  const Report report_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::string pending_;          // mutex_
  size_t lines_ = 0;             // mutex_: in pending_ and in batch_
  size_t pending_lines_ = 0;     // mutex_
  std::uint64_t lost_ = 0;       // mutex_: dropped, and not told about yet
  Counts counts_;                // mutex_
  bool stopping_ = false;        // mutex_
  Clock::time_point stop_by_{};  // mutex_

  // The thread's own:
  std::optional<LineTarget> target_;
  std::string batch_;
  size_t batch_lines_ = 0;
  Clock::time_point reopen_at_{};             // when to look next whether the file is still there
  std::optional<Clock::time_point> sync_at_;  // something was written and is to be forced to the disk then
  std::optional<Clock::time_point> reported_at_;
  std::thread thread_;
};

}  // namespace kavro
