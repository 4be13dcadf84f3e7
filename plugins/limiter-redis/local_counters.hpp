// The counters of this server alone, for the time that Redis is away: a bounded table in memory, in shards.
//
// Exact: a hit is decided and counted under its shard's lock. Keys are not kept, only a 128-bit hash of each under a
// random secret (SipHash-2-4, libsodium), so a counter has a fixed size, about 80 bytes, and no client can choose keys
// that collide.
//
// Bounded: keysMax keys have a counter of their own. When they are there and none has ended, evicting one would let
// whoever floods the table wipe the counter that stops him, and refusing new keys would lock everybody else out. So a
// new key then shares one of kSharedPerShard counters of its shard, chosen by hash and limit. A shared counter never
// counts less than the key alone would have: it is full for all when it is full, its end only moves away, no reset
// empties it, and a key that began in it stays until it has ended. What can happen is that a new key is limited early.
//
// Threads: any, at once. Time is the monotonic clock. Errors: std::bad_alloc, and then nothing was counted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "limit.hpp"

namespace kavro::limiter_redis {

class LocalCounters {
 public:
  static constexpr std::size_t kShardsMax = 64;
  static constexpr std::size_t kKeysPerShardMin = 1000;  // fewer shards rather than smaller ones
  static constexpr std::size_t kSharedPerShard = 1024;
  // A full shard is searched for ended counters at most this often: a flood of new keys stays cheap.
  static constexpr std::chrono::milliseconds kFullSearchInterval{100};

  // Throws std::runtime_error when the system gives no random numbers.
  explicit LocalCounters(std::size_t keysMax);

  Decision hit(std::string_view key, const Limit& limit, Clock::time_point now = Clock::now());
  void reset(std::string_view key);

  // Lets go of every counter that has ended; one shard is locked at a time.
  void sweep(Clock::time_point now = Clock::now());

  std::size_t size() const;          // counters of keys of their own, ended ones included
  std::uint64_t sharedHits() const;  // hits that were counted in a shared counter, ever

 private:
  struct Fingerprint {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
  };
  struct LowHalf {
    std::size_t operator()(const Fingerprint& fingerprint) const { return fingerprint.low; }
  };
  struct Window {
    std::uint64_t count = 0;
    Clock::time_point end{};
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;  // guards all of it
    std::unordered_map<Fingerprint, Window, LowHalf> windows;
    std::vector<Window> shared;  // empty or kSharedPerShard
    std::uint64_t sharedHits = 0;
    Clock::time_point nextSearch = Clock::time_point::min();
  };

  Fingerprint fingerprint(std::string_view key) const;
  Shard& shardOf(const Fingerprint& fingerprint) { return *shards_[(fingerprint.high >> 32) % shards_.size()]; }
  bool hasRoom(Shard& shard, Clock::time_point now) const;
  static Decision countShared(Shard& shard, Window& window, const Limit& limit, Clock::time_point now);
  static std::size_t sharedPlace(const Fingerprint& fingerprint, const Limit& limit);

  std::array<unsigned char, 16> secret_;
  std::size_t keysPerShard_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace kavro::limiter_redis
