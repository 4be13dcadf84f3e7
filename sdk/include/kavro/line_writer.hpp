// Writes lines on a thread of its own, so that whoever has one to say never waits for a disk.
//
// Lines keep the order of append(). Those that came while the last were being written go out together, in one write.
// Nothing is lost but what append() drops because `queue_max` lines wait (a line says how many), and what cannot be
// written within `stop_patience` of stop(). A write that fails or ends in the middle of a line is gone on with where it
// stopped, again and again, until it works.
// A file that was renamed or removed (logrotate) is opened anew at its path between two lines, at most once in
// kReopenInterval; what is written until then is in the file that was renamed. No signal is needed. While the path cannot
// be opened, lines go on to the file that was renamed; when it was removed there is none, and they wait.
//
// With a seal, lines are written as it makes them, and the file belongs to one writer at a time: the next, of a reload
// say, waits with its lines until the one before has stopped.
//
// Threads: append() and counts() any; start() and stop() the one that owns the object.
// Errors go to `report`, called on the writing thread, at most once in kReportInterval.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
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

#include <kavro/line_seal.hpp>
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
  static constexpr std::chrono::seconds kLockPatience{60};  // a reload's predecessor may have requests to finish

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

  // `seal` may be null; outlives this.
  LineWriter(Options options, LossLine lossLine, Report report, LineSeal* seal = nullptr)
      : options_(options), lossLine_(std::move(lossLine)), report_(std::move(report)), seal_(seal) {}
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
        failing_.store(true, std::memory_order_relaxed);
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

  // Lines cannot be written at the moment, or so many wait that further ones are dropped.
  bool failing() const { return failing_.load(std::memory_order_relaxed); }

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
    const bool open = !seal_ || openSealed();
    std::unique_lock lock(mutex_);
    while (open) {
      const auto hasWork = [this] { return pending_lines_ > 0 || lost_ > 0 || stopping_; };
      const auto due_at = dueAt();
      if (!due_at) {
        wake_.wait(lock, hasWork);
      } else if (!wake_.wait_until(lock, *due_at, hasWork)) {
        lock.unlock();
        doWhatIsDue(Clock::now());
        lock.lock();
        continue;
      }
      if (pending_lines_ == 0 && lost_ == 0) break;  // stopping, and all is written
      if (options_.flush_interval.count() > 0) {
        wake_.wait_for(lock, options_.flush_interval, [this] { return stopping_; });
      }
      takeBatch();
      lock.unlock();
      const std::uint64_t given_up = reopenIfMoved() ? writeBatch() : giveUpBatch();
      syncIfDue(Clock::now());
      lock.lock();
      lines_ -= batch_lines_;
      const std::uint64_t unwritten = std::min<std::uint64_t>(given_up, batch_lines_);
      counts_.written += batch_lines_ - unwritten;
      counts_.lost += unwritten;
    }
    const std::uint64_t unwritten = open ? 0 : std::exchange(lines_, 0);
    counts_.lost += unwritten;
    lock.unlock();
    if (unwritten > 0) reportGivenUp(unwritten);
    if (open && seal_) {
      seal_->closing(out_);
      writeOut();
    }
    if (sync_at_) syncIfDue(*sync_at_);
    target_.reset();  // and the lock on it, for whoever comes next
  }

  std::optional<Clock::time_point> dueAt() const {
    const auto seal_at = seal_ ? seal_->dueAt() : std::nullopt;
    if (!sync_at_ || !seal_at) return sync_at_ ? sync_at_ : seal_at;
    return std::min(*sync_at_, *seal_at);
  }

  void doWhatIsDue(Clock::time_point now) {
    if (const auto seal_at = seal_ ? seal_->dueAt() : std::nullopt; seal_at && now >= *seal_at) {
      seal_->due(out_);
      writeOut();
    }
    syncIfDue(now);
  }

  // Waits for the file to be ours alone, and lets the seal see it. False: it is time to stop.
  bool openSealed() {
    const auto since = Clock::now();
    for (bool locked = false;;) {
      std::string why;
      if (target_->movedAway()) reopenTarget();
      locked = target_->tryLock();
      if (locked) {
        try {
          seal_->opened(*target_, out_);
          return true;
        } catch (const std::exception& error) {
          why = error.what();
        }
      } else if (Clock::now() - since > kLockPatience) {
        why = target_->name() + " is being written by another process; give each server a file of its own";
      }
      if (!why.empty()) {
        failing_.store(true, std::memory_order_relaxed);
        report(why);
      }
      if (!mayRetry()) return false;
    }
  }

  void takeBatch() {  // with mutex_ held
    batch_.clear();
    std::swap(batch_, pending_);  // the two buffers take turns: no allocation once they have grown
    batch_lines_ = std::exchange(pending_lines_, 0);
    if (const auto lost = std::exchange(lost_, 0)) batch_ += lossLine_(lost);
  }

  // out_ becomes what is to be written of the batch.
  void sealBatch() {
    if (!seal_) return std::swap(out_, batch_);
    for (std::string_view rest = batch_; !rest.empty();) {
      const std::size_t size = std::min(rest.find('\n') + 1, rest.size());  // npos + 1 is 0
      seal_->seal(rest.substr(0, size), out_);
      rest.remove_prefix(size);
    }
  }

  // Between two batches, so that no line is torn. False: its file was removed, there is no other, and it is time to stop.
  bool reopenIfMoved() {
    const auto now = Clock::now();
    if (now < reopen_at_) return true;
    reopen_at_ = now + options_.reopen_interval;
    if (!target_->movedAway()) return true;
    if (seal_) {
      seal_->closing(out_);
      writeOut();
    }
    if (sync_at_) syncIfDue(*sync_at_);
    while (!reopenTarget()) {
      if (!target_->isRemoved()) break;  // tried again with the next batch
      if (mayRetry()) continue;
      reopen_at_ = now;
      return false;
    }
    if (seal_) openSealed();
    return true;
  }

  bool reopenTarget() {
    try {
      target_->reopen();
      return true;
    } catch (const std::exception& error) {
      const bool nowhere = target_->isRemoved();
      if (nowhere) failing_.store(true, std::memory_order_relaxed);
      report(std::string(error.what()) + (nowhere ? "; lines wait, and it is tried again until it works"
                                                  : "; lines go on to the file that was there before"));
      return false;
    }
  }

  std::uint64_t writeBatch() {
    sealBatch();
    return writeOut();
  }

  std::uint64_t giveUpBatch() {
    reportGivenUp(batch_lines_);
    return batch_lines_;
  }

  // Writes out_, which is empty then. The lines that had to be given up.
  std::uint64_t writeOut() {
    size_t written = 0;
    std::uint64_t given_up = 0;
    while (written < out_.size()) {
      const auto [bytes, error] = target_->write(std::string_view(out_).substr(written));
      written += bytes;
      if (error == 0) continue;
      failing_.store(true, std::memory_order_relaxed);
      reportError("cannot be written", error);
      if (target_->movedAway()) {  // somebody made room: leave the old file with whole lines
        const size_t whole = wholeLines(written);
        target_->takeBack(written - whole);
        written = whole;
        reopenTarget();
        if (seal_) target_->tryLock();
      }
      if (!mayRetry()) {
        given_up = giveUp(written);
        written = wholeLines(written);
        break;
      }
    }
    if (written > 0 && options_.sync_interval && !sync_at_) sync_at_ = Clock::now() + *options_.sync_interval;
    if (seal_ && written > 0) {
      const size_t last = written < 2 ? 0 : out_.rfind('\n', written - 2) + 1;
      seal_->written(std::string_view(out_).substr(last, written - last));
    }
    out_.clear();
    if (given_up == 0) failing_.store(false, std::memory_order_relaxed);
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
    const auto lines = std::count(out_.begin() + static_cast<std::ptrdiff_t>(written), out_.end(), '\n');
    target_->takeBack(written - wholeLines(written));
    reportGivenUp(static_cast<std::uint64_t>(lines));
    return static_cast<std::uint64_t>(lines);
  }

  void reportGivenUp(std::uint64_t lines) {
    report_(target_->name() + ": the server stops, and " + std::to_string(lines) + " line(s) could not be written");
  }

  // How many of the first `bytes` of out_ are whole lines.
  size_t wholeLines(size_t bytes) const {
    return bytes == 0 ? 0 : out_.rfind('\n', bytes - 1) + 1;  // npos + 1 is 0
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
  LineSeal* const seal_;
  std::atomic<bool> failing_{false};

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
  std::string out_;  // the batch as it is to be written; without a seal the same
  Clock::time_point reopen_at_{};             // when to look next whether the file is still there
  std::optional<Clock::time_point> sync_at_;  // something was written and is to be forced to the disk then
  std::optional<Clock::time_point> reported_at_;
  std::thread thread_;
};

}  // namespace kavro
