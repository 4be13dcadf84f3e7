#include "kernel/import/progress_line.hpp"

#include <unistd.h>

#include <ostream>

namespace kavro::import {

ProgressLine::Kind ProgressLine::kindOf(int descriptor) {
  return isatty(descriptor) == 1 ? Kind::kTerminal : Kind::kLines;
}

void ProgressLine::show(const std::string& table, std::uint64_t done, std::uint64_t all) {
  if (table != table_) {
    rows_ += table_rows_;
    table_ = table;
  }
  table_rows_ = done;
  const Clock::time_point now = Clock::now();
  if (now - last_ < (kind_ == Kind::kTerminal ? Clock::duration(kTerminalInterval) : Clock::duration(kInterval))) {
    return;
  }
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(rows_ + done) / seconds);
  const std::uint64_t percent = all > 0 ? done * 100 / all : 100;
  output_ << (kind_ == Kind::kTerminal ? "\r\033[K" : "") << table << ": " << done << " of " << all << " rows ("
          << percent << " %), " << rate << "/s" << (kind_ == Kind::kTerminal ? "" : "\n") << std::flush;
  shown_ = true;
}

void ProgressLine::clear() {
  if (shown_ && kind_ == Kind::kTerminal) output_ << "\r\033[K" << std::flush;
  shown_ = false;
}

}  // namespace kavro::import
