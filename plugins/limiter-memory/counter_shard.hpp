// One part of the table of counters: a bounded hash table, and what happens when it is full.
//
// A counter is 32 bytes in one array (open addressing, linear probing, no tombstones); nothing is allocated per key.
// The array grows with the keys up to 5/4 of keysMax places, and shrinks after a sweep that left it nearly empty.
//
// When keysMax keys are there, expired ones are let go first. When none is, the table neither evicts (an attacker with
// many addresses would wipe his own counter, or open a door for a password guesser) nor refuses (he would lock
// everybody else out). A new key then shares one of kSharedCounters counters, chosen by its hash and its limit. A
// shared counter never counts less than the key alone would have: it is full for all when it is full, its end only
// moves away, and no reset empties it. A key that began in a shared counter stays there until that counter has ended.
//
// Threads: none of its own; the caller holds the shard's lock. Times are given by the caller and never go back.
// Errors: hit() throws std::bad_alloc when the array cannot grow; the shard is then as it was before.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "key_hasher.hpp"

namespace kavro::limiter_memory {

using Clock = std::chrono::steady_clock;

// A limit as kavro_limit has it, checked: countMax and window are positive.
struct Limit {
  std::uint64_t countMax;
  std::chrono::milliseconds window;
  std::chrono::milliseconds block{0};
};

struct Decision {
  bool allowed;
  std::uint64_t remaining;
  Clock::duration reset;  // until the key is empty again
};

class CounterShard {
 public:
  static constexpr std::size_t kSharedCounters = 1024;  // 16 KiB, only while a shard is or was full
  // A full shard looks at all its counters for expired ones at most this often: a flood of new keys stays cheap.
  static constexpr std::chrono::milliseconds kFullSweepInterval{100};

  struct Window {
    std::uint64_t count = 0;
    Clock::time_point end{};
  };

  explicit CounterShard(std::size_t keysMax) : keysMax_(keysMax) {}

  Decision hit(Fingerprint key, const Limit& limit, Clock::time_point now);
  void reset(Fingerprint key);

  // Lets go of every counter that has ended.
  void sweep(Clock::time_point now);

  // Calls visit(Fingerprint, const Window&) for every counter.
  template <class Visit>
  void visit(Visit visit) const {
    for (const Counter& counter : counters_) {
      if (counter.window.count != 0) visit(counter.key, counter.window);
    }
  }
  // Empty or kSharedCounters.
  const std::vector<Window>& shared() const { return shared_; }

  // Takes over a counter, or what shared ones had, of a table with the same fingerprints; nothing that is here already
  // counts less for it. More than keysMax are taken: dropping one would open a door. Further keys share until enough
  // have ended, and a sweep lets go of the places.
  void adopt(Fingerprint key, const Window& window);
  void adoptShared(const std::vector<Window>& shared);

  std::size_t size() const { return size_; }                // counters of keys of their own, ended ones included
  std::size_t bytes() const;                                // memory of the arrays
  std::uint64_t sharedHits() const { return sharedHits_; }  // hits that were counted in a shared counter, ever
  std::uint64_t allowed() const { return allowed_; }        // decisions, ever
  std::uint64_t refused() const { return refused_; }

 private:
  struct Counter {
    Fingerprint key{};
    Window window;  // count 0: a free place
  };
  static_assert(sizeof(Counter) == 32);

  static constexpr std::size_t kPlacesMin = 64;
  static constexpr std::size_t kPlacesLookedAtPerNewKey = 4;

  std::size_t placesMax() const { return std::max(kPlacesMin, keysMax_ + keysMax_ / 4 + 1); }
  std::size_t home(Fingerprint key) const;
  std::size_t next(std::size_t place) const { return place + 1 == counters_.size() ? 0 : place + 1; }
  Counter* find(Fingerprint key);
  Counter& insert(Fingerprint key);
  void erase(std::size_t place);
  void resize(std::size_t places);
  void eraseEnded(Clock::time_point now);
  void eraseSomeEnded(Clock::time_point now);
  bool makeRoom(Clock::time_point now);
  Window* findShared(Fingerprint key, const Limit& limit, Clock::time_point now);
  Decision decide(Fingerprint key, const Limit& limit, Clock::time_point now);
  Decision hitShared(Fingerprint key, const Limit& limit, Clock::time_point now);
  std::size_t sharedPlace(Fingerprint key, const Limit& limit) const;

  const std::size_t keysMax_;
  std::vector<Counter> counters_;
  std::size_t size_ = 0;
  std::size_t cursor_ = 0;  // where eraseSomeEnded goes on
  Clock::time_point nextFullSweep_ = Clock::time_point::min();
  std::vector<Window> shared_;  // empty or kSharedCounters
  std::uint64_t sharedHits_ = 0;
  std::uint64_t allowed_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace kavro::limiter_memory
