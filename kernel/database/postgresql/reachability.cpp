#include "kernel/database/postgresql/reachability.hpp"

#include <kavro/abi/log.h>

namespace kavro::database::postgresql {

void Reachability::noteBroken(std::string_view why) {
  log_.write(KAVRO_LOG_WARNING, "a connection to the database broke and is made again: " + std::string(why));
}

void Reachability::noteAway(std::string_view why) {
  {
    const std::lock_guard lock(mutex_);
    const Clock::time_point now = Clock::now();
    if (!away_) since_ = now;
    if (away_ && now - last_reminder_ < kRemindEvery) return;
    away_ = true;
    last_reminder_ = now;
  }
  log_.writeAlways(KAVRO_LOG_ERROR, "the database is away: " + std::string(why));
}

void Reachability::noteBack() {
  std::chrono::milliseconds gone{};
  {
    const std::lock_guard lock(mutex_);
    asked_since_.reset();
    if (!away_) return;
    away_ = false;
    gone = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since_);
  }
  log_.writeAlways(KAVRO_LOG_INFORMATION, "the database is back after " + std::to_string(gone.count()) + " ms");
}

void Reachability::noteAsked(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  ++asked_;
  if (!asked_since_) asked_since_ = now;
}

void Reachability::noteAnswered(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  --asked_;
  asked_since_.reset();
  if (asked_ > 0) asked_since_ = now;  // the others wait, but it was not silent until now
}

void Reachability::noteUnanswered() {
  const std::lock_guard lock(mutex_);
  --asked_;
}

bool Reachability::silent(Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  return silentLocked(now);
}

bool Reachability::away(Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  return away_ || silentLocked(now);
}

bool Reachability::silentLocked(Clock::time_point now) const { return asked_since_ && now - *asked_since_ >= kSilenceMax; }

}  // namespace kavro::database::postgresql
