// Whether the PostgreSQL server can be reached, as its connections find out: said once, not by each of them.
//
// Threads: any.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "kernel/database/limited_log.hpp"

namespace kavro::database::postgresql {

class Reachability {
 public:
  using Clock = std::chrono::steady_clock;

  // While the server is away the log is reminded of it.
  static constexpr std::chrono::seconds kRemindEvery{30};

  // `log` must outlive it.
  explicit Reachability(LimitedLog& log) : log_(log) {}

  // A connection broke that had worked. By itself that is no sign of a server that is away.
  void noteBroken(std::string_view why);
  // Connecting failed, and succeeded.
  void noteAway(std::string_view why);
  void noteBack();

  bool away() const;

 private:
  LimitedLog& log_;
  mutable std::mutex mutex_;  // protects what follows
  bool away_ = false;
  Clock::time_point since_{};
  Clock::time_point last_reminder_{};
};

}  // namespace kavro::database::postgresql
