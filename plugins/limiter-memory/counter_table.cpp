#include "counter_table.hpp"

#include <algorithm>
#include <bit>

namespace kavro::limiter_memory {

CounterTable::CounterTable(std::size_t keysMax) : keysMax_(keysMax), shards_(makeShards(keysMax)) {}

CounterTable::Shards CounterTable::makeShards(std::size_t keysMax) {
  const std::size_t wanted = std::clamp<std::size_t>(keysMax / kKeysPerShardMin, 1, kShardsMax);
  const std::size_t count = std::bit_floor(wanted);
  Shards shards;
  shards.reserve(count);
  for (std::size_t i = 0; i < count; ++i) shards.push_back(std::make_unique<Shard>(keysMax / count));
  return shards;
}

Decision CounterTable::hit(std::string_view key, const Limit& limit, Clock::time_point now) {
  const Fingerprint fingerprint = hasher_(key);
  Shard& shard = shardOf(fingerprint);
  const std::lock_guard lock(shard.mutex);
  return shard.counters.hit(fingerprint, limit, now);
}

void CounterTable::reset(std::string_view key) {
  const Fingerprint fingerprint = hasher_(key);
  Shard& shard = shardOf(fingerprint);
  const std::lock_guard lock(shard.mutex);
  shard.counters.reset(fingerprint);
}

void CounterTable::sweep(Clock::time_point now) {
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    shard->counters.sweep(now);
  }
}

template <class Value>
Value CounterTable::sum(Value (CounterShard::*value)() const) const {
  Value total = 0;
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    total += (shard->counters.*value)();
  }
  return total;
}

std::size_t CounterTable::size() const { return sum(&CounterShard::size); }
std::size_t CounterTable::bytes() const { return sum(&CounterShard::bytes); }
std::uint64_t CounterTable::sharedHits() const { return sum(&CounterShard::sharedHits); }
std::uint64_t CounterTable::allowed() const { return sum(&CounterShard::allowed); }
std::uint64_t CounterTable::refused() const { return sum(&CounterShard::refused); }

}  // namespace kavro::limiter_memory
