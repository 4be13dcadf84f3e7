// A log that a failing disk or a broken statement cannot flood: so many lines in a window, then a count of the rest.
//
// Threads: any. Never throws for the log's sake; an empty Log swallows everything.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "kernel/database/database.hpp"

namespace kavro::database {

class LimitedLog {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::size_t kLinesPerWindow = 20;
  static constexpr std::chrono::seconds kWindow{10};

  explicit LimitedLog(Log log) : log_(std::move(log)) {}

  // Counts against the limit.
  void write(std::int32_t level, std::string_view message) { writeAt(Clock::now(), level, message); }
  void writeAt(Clock::time_point now, std::int32_t level, std::string_view message);

  // Does not: for what happens once.
  void writeAlways(std::int32_t level, std::string_view message);

 private:
  const Log log_;
  std::mutex mutex_;  // protects what follows
  Clock::time_point window_start_{};
  std::size_t lines_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace kavro::database
