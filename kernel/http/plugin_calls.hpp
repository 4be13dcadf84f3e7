// What the kernel knows of its calls into one plugin instance: how many, how long, how many failed; and the quarantine
// of one that fails again and again.
//
//   closed ----- quarantine_share percent of the calls of the last kWindow failed ----> quarantined
//   quarantined --- quarantine_time has passed ----> half-open: one call at a time tries it
//   half-open ----- kTrialsToRelease good trials --> closed;  one bad trial --> quarantined, for twice as long
//
// A failure is what the plugin did wrong: it threw, failed, gave an invalid answer, none in time, or blocked a reactor.
// That a database is away is none.
//
// Ownership: shared by the sites of all generations that carry the instance over, and made anew with the instance.
// Threads: any. While nothing fails, a call costs one load and one store into memory of the calling reactor's own.
// Time is passed in. The log gets one line each when the plugin is quarantined, tried again and released.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "kernel/host/log.hpp"
#include "kernel/http/failure_policy.hpp"

namespace kavro::http {

class PluginCalls : public std::enable_shared_from_this<PluginCalls> {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::size_t kSlots = 64;  // reactors that count for themselves; further ones and workers share one
  static constexpr std::size_t kSharedSlot = kSlots;
  static constexpr std::size_t kWindowSeconds = 10;
  static constexpr unsigned kTrialsToRelease = 3;
  static constexpr std::chrono::milliseconds kQuarantineTimeMax = std::chrono::minutes(5);
  // One request of this many has its time measured.
  static constexpr unsigned kTimedEvery = 32;

  enum class State { kClosed, kQuarantined, kHalfOpen };
  enum class Admission { kCall, kTrial, kRefused };
  enum class Trial { kGood, kBad, kUndecided };

  struct Totals {
    std::uint64_t calls = 0;
    std::uint64_t failures = 0;
    std::uint64_t quarantines = 0;
    std::chrono::nanoseconds reactor_time{0};  // an estimate, from the calls that were timed
    State state = State::kClosed;
  };

  // The log outlives it.
  PluginCalls(std::string name, host::Log& log, FailurePolicy policy = {});
  PluginCalls(const PluginCalls&) = delete;
  PluginCalls& operator=(const PluginCalls&) = delete;

  const std::string& name() const { return name_; }
  // The instance was carried over into a generation in which its policy is another.
  void setPolicy(const FailurePolicy& policy);

  // Whether it may be called now. With kTrial the caller owes endTrial().
  Admission admit(Clock::time_point now) {
    if (state_.load(std::memory_order_relaxed) == State::kClosed) return Admission::kCall;
    return admitSuspect(now);
  }
  State state() const { return state_.load(std::memory_order_relaxed); }
  // When it is worth while to ask again.
  std::chrono::seconds retryAfter(Clock::time_point now) const;

  // A call begins. `slot` is the calling reactor's, written by its thread alone, or kSharedSlot.
  void countCall(std::size_t slot) {
    if (slot >= kSharedSlot) {
      slots_[kSharedSlot].calls.fetch_add(1, std::memory_order_relaxed);
    } else {
      add(slots_[slot].calls, 1);
    }
  }
  // Reactors only. `time` is that of one call, without the calls into other plugins that it led to.
  void countTime(std::size_t slot, std::chrono::nanoseconds time) {
    const auto share = static_cast<std::uint64_t>(time.count()) * kTimedEvery;
    if (slot >= kSharedSlot) {
      slots_[kSharedSlot].nanoseconds.fetch_add(share, std::memory_order_relaxed);
    } else {
      add(slots_[slot].nanoseconds, share);
    }
  }

  // A call failed. It has been counted as a call already.
  void countFailure(Clock::time_point now);
  void endTrial(Trial trial, Clock::time_point now);

  // A call has blocked a reactor: at once quarantined, and not tried again before unblocked(). Once each per block.
  void blocked(std::chrono::milliseconds time, Clock::time_point now);
  void unblocked(Clock::time_point now);

  Totals totals() const;

 private:
  struct alignas(64) Slot {
    std::atomic<std::uint64_t> calls{0};
    std::atomic<std::uint64_t> nanoseconds{0};
  };
  // What had been counted when the first failure of a second came.
  struct Second {
    std::int64_t number = -1;
    std::uint64_t calls = 0;
    std::uint64_t failures = 0;
  };

  static void add(std::atomic<std::uint64_t>& counter, std::uint64_t amount) {
    counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  Admission admitSuspect(Clock::time_point now);
  std::uint64_t calls() const;
  void quarantine(const std::string& why, Clock::time_point now);

  const std::string name_;
  host::Log& log_;
  std::atomic<State> state_{State::kClosed};
  std::array<Slot, kSlots + 1> slots_;

  mutable std::mutex mutex_;  // protects what follows
  FailurePolicy policy_;
  std::uint64_t failures_ = 0;
  std::uint64_t quarantines_ = 0;
  std::array<Second, kWindowSeconds> window_;
  Clock::time_point retry_at_{};
  std::chrono::milliseconds quarantine_time_{0};  // of the current one; doubles with each bad trial
  bool trial_runs_ = false;
  unsigned good_trials_ = 0;
  unsigned blocking_ = 0;  // calls that block a reactor at this moment
};

}  // namespace kavro::http
