#include "counter_shard.hpp"

#include <algorithm>
#include <utility>

namespace kavro::limiter_memory {

Decision CounterShard::hit(Fingerprint key, const Limit& limit, Clock::time_point now) {
  const Decision decision = decide(key, limit, now);
  ++(decision.allowed ? allowed_ : refused_);
  return decision;
}

Decision CounterShard::decide(Fingerprint key, const Limit& limit, Clock::time_point now) {
  Counter* counter = find(key);
  if (!counter) {
    eraseSomeEnded(now);
    if (findShared(key, limit, now) || !makeRoom(now)) return hitShared(key, limit, now);
    counter = &insert(key);
  }
  Window& window = counter->window;
  if (window.count == 0 || window.end <= now) window = {0, now + limit.window};
  if (window.count >= limit.countMax) return {false, 0, window.end - now};
  ++window.count;
  if (window.count == limit.countMax && limit.block.count() > 0) window.end = now + limit.block;
  return {true, limit.countMax - window.count, window.end - now};
}

Decision CounterShard::hitShared(Fingerprint key, const Limit& limit, Clock::time_point now) {
  if (shared_.empty()) shared_.resize(kSharedCounters);
  ++sharedHits_;
  Window& window = shared_[sharedPlace(key, limit)];
  if (window.end <= now) window.count = 0;
  if (window.count >= limit.countMax) return {false, 0, window.end - now};
  ++window.count;
  window.end = std::max(window.end, now + limit.window);
  if (window.count >= limit.countMax) window.end = std::max(window.end, now + limit.block);
  return {true, limit.countMax - window.count, window.end - now};
}

void CounterShard::reset(Fingerprint key) {
  if (Counter* counter = find(key)) erase(static_cast<std::size_t>(counter - counters_.data()));
}

void CounterShard::sweep(Clock::time_point now) {
  eraseEnded(now);
  if (counters_.size() > kPlacesMin && size_ < counters_.size() / 8) resize(std::max(kPlacesMin, size_ * 2));
  if (counters_.size() > placesMax() && size_ <= keysMax_) resize(placesMax());  // more than that were taken over
  const bool anyShared = std::any_of(shared_.begin(), shared_.end(), [&](const Window& w) { return w.end > now; });
  if (!anyShared) std::vector<Window>().swap(shared_);
}

void CounterShard::adopt(Fingerprint key, const Window& window) {
  if (Counter* known = find(key)) {
    known->window = {std::max(known->window.count, window.count), std::max(known->window.end, window.end)};
    return;
  }
  if (size_ >= keysMax_ && size_ + 1 > counters_.size() / 8 * 7) resize(std::max(kPlacesMin, counters_.size() * 2));
  insert(key).window = window;
}

void CounterShard::adoptShared(const std::vector<Window>& shared) {
  shared_.resize(kSharedCounters);
  for (std::size_t i = 0; i < kSharedCounters; ++i) {
    shared_[i] = {std::max(shared_[i].count, shared[i].count), std::max(shared_[i].end, shared[i].end)};
  }
}

std::size_t CounterShard::bytes() const {
  return counters_.capacity() * sizeof(Counter) + shared_.capacity() * sizeof(Window);
}

// Maps the low half of the hash evenly onto any number of places (the shard was chosen by the top bits of it).
std::size_t CounterShard::home(Fingerprint key) const {
  return static_cast<std::size_t>(((key.low & 0xFFFFFFFF) * counters_.size()) >> 32);
}

CounterShard::Counter* CounterShard::find(Fingerprint key) {
  if (size_ == 0) return nullptr;
  for (std::size_t place = home(key); counters_[place].window.count != 0; place = next(place)) {
    if (counters_[place].key == key) return &counters_[place];
  }
  return nullptr;
}

// The place is the caller's to fill: a count of 0 would mean that it is free.
CounterShard::Counter& CounterShard::insert(Fingerprint key) {
  // At 7/8 the array doubles; at its largest, keysMax_ keys fill 4/5 of it.
  if (counters_.size() < placesMax() && size_ + 1 > counters_.size() / 8 * 7) {
    resize(std::min(placesMax(), std::max(kPlacesMin, counters_.size() * 2)));
  }
  std::size_t place = home(key);
  while (counters_[place].window.count != 0) place = next(place);
  counters_[place].key = key;
  ++size_;
  return counters_[place];
}

// Closes the gap by moving back whatever would not be found past it.
void CounterShard::erase(std::size_t gap) {
  const std::size_t places = counters_.size();
  for (std::size_t place = next(gap); counters_[place].window.count != 0; place = next(place)) {
    const std::size_t fromHome = (place + places - home(counters_[place].key)) % places;
    const std::size_t fromGap = (place + places - gap) % places;
    if (fromHome < fromGap) continue;
    counters_[gap] = counters_[place];
    gap = place;
  }
  counters_[gap] = Counter();
  --size_;
}

void CounterShard::resize(std::size_t places) {
  std::vector<Counter> old(places);
  old.swap(counters_);
  cursor_ = 0;
  for (const Counter& counter : old) {
    if (counter.window.count == 0) continue;
    std::size_t place = home(counter.key);
    while (counters_[place].window.count != 0) place = next(place);
    counters_[place] = counter;
  }
}

void CounterShard::eraseEnded(Clock::time_point now) {
  if (size_ == 0) return;
  // Begin behind a free place (there is always one): erase() moves nothing across it, so none is missed.
  std::size_t free = 0;
  while (counters_[free].window.count != 0) ++free;
  for (std::size_t place = next(free); place != free;) {
    const Window& window = counters_[place].window;
    if (window.count != 0 && window.end <= now) {
      erase(place);  // may have moved another one here: look again
    } else {
      place = next(place);
    }
  }
}

void CounterShard::eraseSomeEnded(Clock::time_point now) {
  const std::size_t places = std::min(kPlacesLookedAtPerNewKey, counters_.size());
  for (std::size_t i = 0; i < places; ++i) {
    if (cursor_ >= counters_.size()) cursor_ = 0;
    const Window& window = counters_[cursor_].window;
    if (window.count != 0 && window.end <= now) erase(cursor_);
    ++cursor_;
  }
}

bool CounterShard::makeRoom(Clock::time_point now) {
  if (size_ < keysMax_) return true;
  if (now < nextFullSweep_) return false;
  nextFullSweep_ = now + kFullSweepInterval;
  eraseEnded(now);
  return size_ < keysMax_;
}

// A key that was counted in a shared counter which has not ended would be counted anew in one of its own.
CounterShard::Window* CounterShard::findShared(Fingerprint key, const Limit& limit, Clock::time_point now) {
  if (shared_.empty()) return nullptr;
  Window& window = shared_[sharedPlace(key, limit)];
  return window.end > now ? &window : nullptr;
}

// The limit takes part so that keys of a strict limit do not share with the many of a generous one.
std::size_t CounterShard::sharedPlace(Fingerprint key, const Limit& limit) const {
  std::uint64_t mixed = key.high;
  for (const std::uint64_t part : {limit.countMax, static_cast<std::uint64_t>(limit.window.count()),
                                   static_cast<std::uint64_t>(limit.block.count())}) {
    mixed = (mixed ^ part) * 0x9E3779B97F4A7C15u;
    mixed ^= mixed >> 29;
  }
  return static_cast<std::size_t>(mixed % kSharedCounters);
}

}  // namespace kavro::limiter_memory
