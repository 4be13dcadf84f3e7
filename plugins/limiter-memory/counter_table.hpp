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

  std::size_t shardCount() const { return shards_.size(); }
  std::size_t size() const;
  std::size_t bytes() const;
  std::uint64_t sharedHits() const;

 private:
  struct alignas(64) Shard {
    explicit Shard(std::size_t keysMax) : counters(keysMax) {}
    mutable std::mutex mutex;
    CounterShard counters;  // guarded by mutex
  };

  Shard& shardOf(Fingerprint key) { return *shards_[(key.low >> 56) & (shards_.size() - 1)]; }
  template <class Value>
  Value sum(Value (CounterShard::*value)() const) const;

  const KeyHasher hasher_;
  std::vector<std::unique_ptr<Shard>> shards_;  // as many as a power of two
};

}  // namespace kavro::limiter_memory
