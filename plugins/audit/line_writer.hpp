// Writes lines on a thread of its own, so that whoever has one to say never waits for a disk.
//
// Lines keep the order of append(). Those that came while the last were being written go out together, in one write.
// Nothing is lost but what append() drops because `queue_max` lines wait (a line says how many), and what cannot be
// written within `stop_patience` of stop(). A write that fails or ends in the middle of a line is gone on with where it
// stopped, again and again, until it works.
//
// Threads: append() any; start() and stop() the one that owns the object.
// Errors go to `report`, called on the writing thread, at most once in kReportInterval.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "line_target.hpp"

namespace kavro::audit {

class LineWriter {
 public:
  using Clock = std::chrono::steady_clock;
  using Report = std::function<void(const std::string&)>;

  static constexpr std::chrono::seconds kReportInterval{60};
  static constexpr std::chrono::milliseconds kRetryInterval{100};

  struct Options {
    size_t queue_max = 100000;
    std::chrono::milliseconds flush_interval{20};
    std::optional<std::chrono::milliseconds> sync_interval = std::nullopt;  // nothing: left to the system
    std::chrono::milliseconds stop_patience{5000};
  };

  LineWriter(Options options, Report report);
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Starts the thread. Lines appended before wait for it.
  void start(LineTarget target);

  // `line` ends with a line feed. Copies it and returns.
  void append(std::string_view line);

  // Writes what waits, forces it to the disk unless that is left to the system, and ends the thread.
  void stop();

 private:
  void run();
  void takeBatch();  // with mutex_ held
  void writeBatch();
  bool mayRetry();
  void giveUp(size_t written);
  void syncIfDue(Clock::time_point now);
  void reportError(const std::string& what, int error);

  const Options options_;
  const Report report_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::string pending_;          // mutex_
  size_t lines_ = 0;             // mutex_: in pending_ and in batch_
  size_t pending_lines_ = 0;     // mutex_
  std::uint64_t lost_ = 0;       // mutex_: dropped, and not told about yet
  bool stopping_ = false;        // mutex_
  Clock::time_point stop_by_{};  // mutex_

  // The thread's own:
  std::optional<LineTarget> target_;
  std::string batch_;
  size_t batch_lines_ = 0;
  std::optional<Clock::time_point> sync_at_;  // something was written and is to be forced to the disk then
  std::optional<Clock::time_point> reported_at_;
  std::thread thread_;
};

}  // namespace kavro::audit
