#include "attempt_gate.hpp"

namespace kavro::auth {

Task<std::optional<AttemptGate::Attempt>> AttemptGate::enter(std::string_view name) {
  std::string key(name);
  const bool granted = co_await Turn(*this, key, Turn::Kind::kFirst);
  if (!granted) co_return std::nullopt;
  co_return Attempt(*this, std::move(key));
}

Task<bool> AttemptGate::Attempt::awaitAnother() {
  // While it stands in line the attempt has no place to give on, which takeAgain() and leave() see to; a coroutine
  // that waits is not destroyed, so its Attempt is not either.
  const bool granted = co_await Turn(*gate_, name_, Turn::Kind::kAgain);
  co_return granted;
}

std::size_t AttemptGate::waiting(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = names_.find(name);
  return found == names_.end() ? 0 : found->second.line.size();
}

void AttemptGate::Turn::start() {
  const Outcome outcome = kind_ == Kind::kFirst ? gate_.take(name_, *this) : gate_.takeAgain(name_, *this);
  // In line: leave() ends the turn, and may have done so already.
  if (outcome != Outcome::kWaits) end(outcome == Outcome::kGranted);
}

AttemptGate::Outcome AttemptGate::take(const std::string& name, Turn& turn) {
  const std::lock_guard lock(mutex_);
  Name& entry = names_[name];
  if (entry.active < activeMax_ && entry.line.empty()) {
    ++entry.active;
    return Outcome::kGranted;
  }
  if (entry.line.size() >= waitingMax_) return Outcome::kRefused;
  entry.line.push_back(&turn);
  return Outcome::kWaits;
}

AttemptGate::Outcome AttemptGate::takeAgain(const std::string& name, Turn& turn) {
  const std::lock_guard lock(mutex_);
  Name& entry = names_.at(name);
  if (entry.active == 1) return Outcome::kRefused;  // this one alone, and it keeps its place until it goes
  // To the front, for it was served before those who wait; its place stays empty until an attempt ends, because the
  // next in line would be denied just as well. Those who come here are at most activeMax_, so waitingMax_ is not asked.
  entry.line.push_front(&turn);
  --entry.active;
  return Outcome::kWaits;
}

void AttemptGate::leave(const std::string& name) {
  // Taken from the line first and ended afterwards, without the lock: a turn that ends may come back at once. Linked
  // through the turns themselves, because a place must be given on even when there is no memory.
  Turn* served = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto found = names_.find(name);
    Name& entry = found->second;
    --entry.active;
    Turn** end = &served;
    while (entry.active < activeMax_ && !entry.line.empty()) {
      *end = entry.line.front();
      end = &entry.line.front()->next_;
      entry.line.pop_front();
      ++entry.active;
    }
    if (entry.active == 0) names_.erase(found);
  }
  while (served) {
    Turn* turn = std::exchange(served, served->next_);
    turn->end(true);
  }
}

}  // namespace kavro::auth
