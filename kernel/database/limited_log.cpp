#include "kernel/database/limited_log.hpp"

#include <kavro/abi/log.h>

#include <string>

namespace kavro::database {

void LimitedLog::writeAt(Clock::time_point now, std::int32_t level, std::string_view message) {
  std::size_t left_out = 0;
  {
    const std::lock_guard lock(mutex_);
    if (now - window_start_ >= kWindow) {
      window_start_ = now;
      lines_ = 0;
      left_out = left_out_;
      left_out_ = 0;
    }
    if (lines_ >= kLinesPerWindow) {
      ++left_out_;
      return;
    }
    ++lines_;
  }
  if (left_out > 0) writeAlways(KAVRO_LOG_WARNING, std::to_string(left_out) + " further database messages left out");
  writeAlways(level, message);
}

void LimitedLog::writeAlways(std::int32_t level, std::string_view message) {
  if (log_) log_(level, message);
}

}  // namespace kavro::database
