#include "outage_log.hpp"

namespace kavro::limiter_redis {
namespace {

std::string_view meaning(OnFailure policy) {
  switch (policy) {
    case OnFailure::kLocal:
      return "this server counts by itself";
    case OnFailure::kAllow:
      return "every hit is allowed";
    case OnFailure::kDeny:
      return "every hit is denied";
  }
  return {};
}

std::string seconds(Clock::duration time) {
  const auto tenths = std::chrono::duration_cast<std::chrono::milliseconds>(time).count() / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + "s";
}

}  // namespace

void OutageLog::away(const Failure& failure, Clock::time_point now, std::uint64_t decisionsBefore) {
  if (outage_) {
    outage_->failure = failure;
    return;
  }
  outage_ = Outage{now, now + kReminderInterval, decisionsBefore, counts_.owedResetsLost, failure};
  ++counts_.outages;
  sink_(Level::kWarning, "Redis at " + where_ + " is away: " + failure.reason +
                             ". Until it is back, on_failure = " + std::string(nameOf(policy_)) +
                             " decides: " + std::string(meaning(policy_)) + ". What to do: " + failure.remedy);
}

void OutageLog::back(Clock::time_point now) {
  if (!outage_) {
    sink_(Level::kInformation, "Redis at " + where_ + " counts");
    return;
  }
  std::string line = "Redis at " + where_ + " is back after " + seconds(now - outage_->begin) + ": " + decisions();
  if (const std::uint64_t lost = counts_.owedResetsLost - outage_->lostBefore) {
    line += "; " + std::to_string(lost) + " keys that were emptied meanwhile were too many to be emptied now";
  }
  outage_.reset();
  sink_(Level::kInformation, line);
}

void OutageLog::remind(Clock::time_point now) {
  if (!outage_ || now < outage_->nextReminder) return;
  outage_->nextReminder = now + kReminderInterval;
  sink_(Level::kWarning, "Redis at " + where_ + " is still away after " + seconds(now - outage_->begin) + ": " +
                             outage_->failure.reason + "; " + decisions() + ". What to do: " + outage_->failure.remedy);
}

void OutageLog::refused(std::string_view errorReply, Clock::time_point now) {
  if (now < nextRefusal_) return;
  nextRefusal_ = now + kReminderInterval;
  sink_(Level::kWarning, "Redis at " + where_ + " refused to count a hit, so that on_failure = " +
                             std::string(nameOf(policy_)) + " decided it: \"" +
                             std::string(errorReply.substr(0, kQuotedBytesMax)) +
                             "\". What to do: see whether somebody else writes keys that begin with [limiter-redis] "
                             "key_prefix");
}

std::string OutageLog::decisions() const {
  return "on_failure = " + std::string(nameOf(policy_)) + " decided " +
         std::to_string(counts_.policyDecisions - outage_->decisionsBefore) + " hits";
}

}  // namespace kavro::limiter_redis
