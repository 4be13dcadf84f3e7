// Tells the operator that Redis is away, and that it is back: one line each, and a reminder in between.
//
// Threads: one. Times are given by the caller.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "counts.hpp"
#include "failure.hpp"
#include "fallback.hpp"
#include "limit.hpp"

namespace kavro::limiter_redis {

class OutageLog {
 public:
  enum class Level { kInformation, kWarning };
  using Sink = std::function<void(Level, const std::string&)>;

  static constexpr std::chrono::seconds kReminderInterval{30};

  // `where`: Redis's address. Counts the outages and what was decided meanwhile.
  OutageLog(std::string where, OnFailure policy, Counts& counts, Sink sink)
      : where_(std::move(where)), policy_(policy), counts_(counts), sink_(std::move(sink)) {}

  // Redis is away, or still is and for another reason. `decisionsBefore`: the policy's decisions that have nothing to
  // do with this outage.
  void away(const Failure& failure, Clock::time_point now, std::uint64_t decisionsBefore);
  void back(Clock::time_point now);
  // Writes a reminder when it is time for one.
  void remind(Clock::time_point now);
  // Redis answered one command with an error. At most one line in kReminderInterval.
  void refused(std::string_view errorReply, Clock::time_point now);

  // The next remind() that does something.
  Clock::time_point nextReminder() const { return outage_ ? outage_->nextReminder : Clock::time_point::max(); }

 private:
  struct Outage {
    Clock::time_point begin;
    Clock::time_point nextReminder;
    std::uint64_t decisionsBefore;  // of the counts, when it began
    std::uint64_t lostBefore;
    Failure failure;
  };

  std::string decisions() const;

  const std::string where_;
  const OnFailure policy_;
  Counts& counts_;
  const Sink sink_;
  std::optional<Outage> outage_;
  Clock::time_point nextRefusal_ = Clock::time_point::min();
};

}  // namespace kavro::limiter_redis
