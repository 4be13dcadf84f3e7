// Whether the PostgreSQL server can be reached, as its connections find out: said once, not by each of them.
//
// Away is a server that nobody can connect to, or one that is silent: something was asked kSilenceMax ago, and no connection
// has had an answer of any kind since. A single slow statement looks like that too, as long as nobody else asks: whoever
// is about to, asks for a sign of life first (Connection::open()).
//
// Threads: any.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/database/limited_log.hpp"

namespace kavro::database::postgresql {

class Reachability {
 public:
  using Clock = std::chrono::steady_clock;

  // While the server is away the log is reminded of it.
  static constexpr std::chrono::seconds kRemindEvery{30};

  // Much shorter than the time after which an answer is given up, so that others learn of a stopped server before that.
  static constexpr std::chrono::seconds kSilenceMax{4};

  // `log` must outlive it.
  explicit Reachability(LimitedLog& log) : log_(log) {}

  // A connection broke that had worked. By itself that is no sign of a server that is away.
  void noteBroken(std::string_view why);
  // Connecting failed, and succeeded.
  void noteAway(std::string_view why);
  void noteBack();

  // Something was sent that has to be answered soon; then exactly one of the others. An error is an answer as well.
  void noteAsked(Clock::time_point now = Clock::now());
  void noteAnswered(Clock::time_point now = Clock::now());
  void noteUnanswered();

  bool silent(Clock::time_point now = Clock::now()) const;
  bool away(Clock::time_point now = Clock::now()) const;

 private:
  bool silentLocked(Clock::time_point now) const;

  LimitedLog& log_;
  mutable std::mutex mutex_;  // protects what follows
  bool away_ = false;
  Clock::time_point since_{};
  Clock::time_point last_reminder_{};
  std::size_t asked_ = 0;  // and not answered yet
  std::optional<Clock::time_point> asked_since_;  // without any answer
};

}  // namespace kavro::database::postgresql
