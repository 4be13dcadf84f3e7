#include "kernel/http/plugin_calls.hpp"

#include <algorithm>
#include <utility>

namespace kavro::http {

namespace {

std::string seconds(std::chrono::milliseconds time) {
  return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + " s" : std::to_string(time.count()) + " ms";
}

}  // namespace

PluginCalls::PluginCalls(std::string name, host::Log& log, FailurePolicy policy)
    : name_(std::move(name)), log_(log), policy_(policy) {}

void PluginCalls::setPolicy(const FailurePolicy& policy) {
  const std::lock_guard lock(mutex_);
  policy_ = policy;
}

std::uint64_t PluginCalls::calls() const {
  std::uint64_t sum = 0;
  for (const Slot& slot : slots_) sum += slot.calls.load(std::memory_order_relaxed);
  return sum;
}

PluginCalls::Admission PluginCalls::admitSuspect(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  switch (state_.load(std::memory_order_relaxed)) {
    case State::kClosed:
      return Admission::kCall;
    case State::kQuarantined:
      if (now < retry_at_ || blocking_ > 0) return Admission::kRefused;
      state_.store(State::kHalfOpen, std::memory_order_relaxed);
      good_trials_ = 0;
      trial_runs_ = false;
      log_.information(name_, "is tried again after its quarantine, one call at a time");
      break;
    case State::kHalfOpen:
      break;
  }
  if (trial_runs_) return Admission::kRefused;
  trial_runs_ = true;
  return Admission::kTrial;
}

std::chrono::seconds PluginCalls::retryAfter(Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  const auto left = std::chrono::ceil<std::chrono::seconds>(retry_at_ - now);
  return std::max(left, std::chrono::seconds(1));
}

// The window begins with the first second of the last kWindowSeconds in which a call failed. Before it nothing did, and
// those calls are left out: what matters is how the plugin does since it began to fail.
void PluginCalls::countFailure(Clock::time_point now) {
  const std::uint64_t calls_now = calls();
  const auto number = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const std::lock_guard lock(mutex_);
  Second& current = window_[static_cast<std::size_t>(number) % kWindowSeconds];
  if (current.number != number) current = {number, calls_now > 0 ? calls_now - 1 : 0, failures_};
  ++failures_;
  if (state_.load(std::memory_order_relaxed) != State::kClosed || policy_.quarantine_share == 0) return;

  const Second* first = &current;
  for (const Second& second : window_) {
    const bool recent = second.number > number - static_cast<std::int64_t>(kWindowSeconds);
    if (recent && second.number < first->number) first = &second;
  }
  const std::uint64_t in_window = calls_now - first->calls;
  const std::uint64_t failed = failures_ - first->failures;
  if (in_window < policy_.quarantine_calls_min || failed * 100 < in_window * policy_.quarantine_share) return;
  quarantine_time_ = policy_.quarantine_time;
  quarantine(std::to_string(failed) + " of its last " + std::to_string(in_window) + " calls failed", now);
}

void PluginCalls::quarantine(const std::string& why, Clock::time_point now) {
  retry_at_ = now + quarantine_time_;
  trial_runs_ = false;
  ++quarantines_;
  window_ = {};
  state_.store(State::kQuarantined, std::memory_order_relaxed);
  log_.error(name_, "quarantined for " + seconds(quarantine_time_) + ": " + why +
                        "; until then its routes answer 503, and its filters " +
                        (policy_.on_failure == OnFailure::kOpen ? "are passed by (on_failure = open)"
                                                                : "refuse (on_failure = closed)"));
}

void PluginCalls::endTrial(Trial trial, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (state_.load(std::memory_order_relaxed) != State::kHalfOpen) return;  // it was quarantined for something else
  trial_runs_ = false;
  if (trial == Trial::kBad) {
    const auto longest = std::max(policy_.quarantine_time, kQuarantineTimeMax);
    quarantine_time_ = std::min(std::max(quarantine_time_, std::chrono::milliseconds(1)) * 2, longest);
    quarantine("it failed when it was tried again", now);
  } else if (trial == Trial::kGood && ++good_trials_ == kTrialsToRelease) {
    state_.store(State::kClosed, std::memory_order_relaxed);
    log_.information(name_, "released from quarantine after " + std::to_string(kTrialsToRelease) + " good calls");
  }
}

void PluginCalls::blocked(std::chrono::milliseconds time, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  ++blocking_;
  ++failures_;
  if (policy_.quarantine_share == 0) return;
  quarantine_time_ = state_.load(std::memory_order_relaxed) == State::kClosed
                         ? policy_.quarantine_time
                         : std::max(quarantine_time_, policy_.quarantine_time);
  quarantine("it has blocked a reactor for " + seconds(time), now);
}

void PluginCalls::unblocked(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (blocking_ > 0) --blocking_;
  if (state_.load(std::memory_order_relaxed) == State::kQuarantined) {
    retry_at_ = std::max(retry_at_, now + policy_.quarantine_time);
  }
}

PluginCalls::Totals PluginCalls::totals() const {
  Totals totals;
  totals.calls = calls();
  std::uint64_t nanoseconds = 0;
  for (const Slot& slot : slots_) nanoseconds += slot.nanoseconds.load(std::memory_order_relaxed);
  totals.reactor_time = std::chrono::nanoseconds(nanoseconds);
  totals.state = state();
  const std::lock_guard lock(mutex_);
  totals.failures = failures_;
  totals.quarantines = quarantines_;
  return totals;
}

}  // namespace kavro::http
