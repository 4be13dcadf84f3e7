// All counters: keys spread over shards by their hash, each shard behind a lock of its own.
//
// Exact under concurrency: a hit is decided and counted under its shard's lock. The lock is held for well under a
// microsecond, rarely for some tens of them (an array doubles, a full shard is searched for ended counters).
//
// Bounded: at most keysMax counters, 40 bytes each at most (32 and a fifth of free places), shared counters aside
// (16 KiB a shard, only when it was full). A shard takes keysMax / shardCount() keys, so by the luck of the hash the
// first of many shards is full a few percent before keysMax is reached; counter_shard.hpp says what happens then.
//
// Threads: any, at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "counter_shard.hpp"
#include "key_hasher.hpp"

namespace kavro::limiter_memory {

class CounterTable {
 public:
  static constexpr std::size_t kShardsMax = 256;         // a power of two
  static constexpr std::size_t kKeysPerShardMin = 1024;  // fewer shards rather than smaller ones

  explicit CounterTable(std::size_t keysMax);

  // Throws std::bad_alloc; then nothing was counted.
  Decision hit(std::string_view key, const Limit& limit, Clock::time_point now = Clock::now());
  void reset(std::string_view key);

  // Lets go of every counter that has ended; one shard is locked at a time.
  void sweep(Clock::time_point now = Clock::now());

  // All counters, for a table that takes this one's place in the same process; one shard is locked at a time. The format
  // is in table_state.cpp: 32 bytes a key.
  std::string save(Clock::time_point now = Clock::now()) const;
  // Takes a state over, whatever keysMax it is of. Throws std::invalid_argument when it is none, or not a whole one, and
  // std::bad_alloc; the table is then as it was. Not while others use the table.
  void restore(std::string_view state, Clock::time_point now = Clock::now());

  std::size_t shardCount() const { return shards_.size(); }
  std::size_t size() const;
  std::size_t bytes() const;
  std::uint64_t sharedHits() const;
  std::uint64_t allowed() const;  // decisions, ever
  std::uint64_t refused() const;

 private:
  struct alignas(64) Shard {
    explicit Shard(std::size_t keysMax) : counters(keysMax) {}
    mutable std::mutex mutex;
    CounterShard counters;  // guarded by mutex
  };

  using Shards = std::vector<std::unique_ptr<Shard>>;  // as many as a power of two
  static Shards makeShards(std::size_t keysMax);
  static std::size_t indexOf(Fingerprint key, std::size_t shards) { return (key.low >> 56) & (shards - 1); }

  Shard& shardOf(Fingerprint key) { return *shards_[indexOf(key, shards_.size())]; }
  template <class Value>
  Value sum(Value (CounterShard::*value)() const) const;

  const std::size_t keysMax_;
  KeyHasher hasher_;
  Shards shards_;
};

}  // namespace kavro::limiter_memory
