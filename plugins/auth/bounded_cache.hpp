// BoundedCache: remembers up to a number of values by key, and lets go of the one that was asked for longest ago.
// Threads: any; the keys are spread over shards with a mutex each, so that reactors rarely meet.
#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace kavro::auth {

// Hash: size_t(const Key&), with its entropy in the low bits too.
template <class Key, class Value, class Hash>
class BoundedCache {
 public:
  // Keeps `sizeMax` values, rounded up to a multiple of the number of shards; with 0 it keeps none.
  explicit BoundedCache(std::size_t sizeMax) : shardMax_((sizeMax + kShards - 1) / kShards) {}

  std::optional<Value> find(const Key& key) {
    Shard& shard = shardOf(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.places.find(key);
    if (found == shard.places.end()) return std::nullopt;
    shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
    return found->second->second;
  }

  // Replaces what is there.
  void put(const Key& key, Value value) {
    if (shardMax_ == 0) return;
    Shard& shard = shardOf(key);
    const std::lock_guard lock(shard.mutex);
    if (const auto found = shard.places.find(key); found != shard.places.end()) {
      found->second->second = std::move(value);
      shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
      return;
    }
    if (shard.entries.size() >= shardMax_) {
      shard.places.erase(shard.entries.back().first);
      shard.entries.pop_back();
    }
    shard.entries.emplace_front(key, std::move(value));
    shard.places.emplace(key, shard.entries.begin());
  }

  void erase(const Key& key) {
    Shard& shard = shardOf(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.places.find(key);
    if (found == shard.places.end()) return;
    shard.entries.erase(found->second);
    shard.places.erase(found);
  }

 private:
  static constexpr std::size_t kShards = 16;

  struct Shard {
    std::mutex mutex;
    std::list<std::pair<Key, Value>> entries;  // asked for last: in front
    std::unordered_map<Key, typename std::list<std::pair<Key, Value>>::iterator, Hash> places;
  };

  Shard& shardOf(const Key& key) { return shards_[Hash{}(key) % kShards]; }

  const std::size_t shardMax_;
  std::array<Shard, kShards> shards_;
};

}  // namespace kavro::auth
