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
    if (!away_) return;
    away_ = false;
    gone = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since_);
  }
  log_.writeAlways(KAVRO_LOG_INFORMATION, "the database is back after " + std::to_string(gone.count()) + " ms");
}

bool Reachability::away() const {
  const std::lock_guard lock(mutex_);
  return away_;
}

}  // namespace kavro::database::postgresql
