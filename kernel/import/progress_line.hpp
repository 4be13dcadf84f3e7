// Says on standard error how far it is: a line that is written over, on a terminal; otherwise a line every kInterval.
// Threads: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>

namespace kavro::import {

class ProgressLine {
 public:
  static constexpr std::chrono::milliseconds kTerminalInterval{200};
  static constexpr std::chrono::seconds kInterval{10};

  enum class Kind { kTerminal, kLines };

  ProgressLine(std::ostream& output, Kind kind) : output_(output), kind_(kind) {}
  static Kind kindOf(int descriptor);

  void show(const std::string& table, std::uint64_t done, std::uint64_t all);
  // Takes the line away, so that something else can be written.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  std::ostream& output_;
  const Kind kind_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
  std::uint64_t rows_ = 0;        // of tables before this one
  std::uint64_t table_rows_ = 0;  // of this one
  std::string table_;
  bool shown_ = false;
};

}  // namespace kavro::import
