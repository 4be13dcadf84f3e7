#include "local_counters.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace kavro::limiter_redis {
namespace {

// Rounded up, so that it is never 0 while the key is full.
std::chrono::milliseconds until(Clock::time_point end, Clock::time_point now) {
  return std::chrono::ceil<std::chrono::milliseconds>(end - now);
}

}  // namespace

LocalCounters::LocalCounters(std::size_t keysMax) {
  static_assert(crypto_shorthash_siphashx24_KEYBYTES == sizeof secret_ &&
                crypto_shorthash_siphashx24_BYTES == sizeof(Fingerprint));
  if (sodium_init() < 0) throw std::runtime_error("libsodium could not start: the system gives no random numbers");
  randombytes_buf(secret_.data(), secret_.size());
  const std::size_t count = std::clamp<std::size_t>(keysMax / kKeysPerShardMin, 1, kShardsMax);
  keysPerShard_ = std::max<std::size_t>(1, keysMax / count);
  for (std::size_t i = 0; i < count; ++i) shards_.push_back(std::make_unique<Shard>());
}

Decision LocalCounters::hit(std::string_view key, const Limit& limit, Clock::time_point now) {
  const Fingerprint id = fingerprint(key);
  Shard& shard = shardOf(id);
  const std::lock_guard lock(shard.mutex);
  auto found = shard.windows.find(id);
  if (found == shard.windows.end()) {
    Window* const shared = shard.shared.empty() ? nullptr : &shard.shared[sharedPlace(id, limit)];
    if (shared && shared->end > now) return countShared(shard, *shared, limit, now);
    if (!hasRoom(shard, now)) {
      shard.shared.resize(kSharedPerShard);
      return countShared(shard, shard.shared[sharedPlace(id, limit)], limit, now);
    }
    found = shard.windows.emplace(id, Window()).first;
  }
  Window& window = found->second;
  if (window.end <= now) window = {0, now + limit.window};
  if (window.count >= limit.countMax) return {false, 0, until(window.end, now)};
  ++window.count;
  if (window.count == limit.countMax && limit.block.count() > 0) window.end = now + limit.block;
  return {true, limit.countMax - window.count, until(window.end, now)};
}

Decision LocalCounters::countShared(Shard& shard, Window& window, const Limit& limit, Clock::time_point now) {
  ++shard.sharedHits;
  if (window.end <= now) window.count = 0;
  if (window.count >= limit.countMax) return {false, 0, until(window.end, now)};
  ++window.count;
  window.end = std::max(window.end, now + limit.window);
  if (window.count >= limit.countMax) window.end = std::max(window.end, now + limit.block);
  return {true, limit.countMax - window.count, until(window.end, now)};
}

void LocalCounters::reset(std::string_view key) {
  const Fingerprint id = fingerprint(key);
  Shard& shard = shardOf(id);
  const std::lock_guard lock(shard.mutex);
  shard.windows.erase(id);
}

void LocalCounters::sweep(Clock::time_point now) {
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    std::erase_if(shard->windows, [&](const auto& entry) { return entry.second.end <= now; });
    const auto isLive = [&](const Window& window) { return window.end > now; };
    if (std::none_of(shard->shared.begin(), shard->shared.end(), isLive)) std::vector<Window>().swap(shard->shared);
  }
}

bool LocalCounters::hasRoom(Shard& shard, Clock::time_point now) const {
  if (shard.windows.size() < keysPerShard_) return true;
  if (now < shard.nextSearch) return false;
  shard.nextSearch = now + kFullSearchInterval;
  std::erase_if(shard.windows, [&](const auto& entry) { return entry.second.end <= now; });
  return shard.windows.size() < keysPerShard_;
}

std::size_t LocalCounters::size() const {
  std::size_t size = 0;
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    size += shard->windows.size();
  }
  return size;
}

std::uint64_t LocalCounters::sharedHits() const {
  std::uint64_t hits = 0;
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    hits += shard->sharedHits;
  }
  return hits;
}

LocalCounters::Fingerprint LocalCounters::fingerprint(std::string_view key) const {
  unsigned char bytes[sizeof(Fingerprint)];
  crypto_shorthash_siphashx24(bytes, reinterpret_cast<const unsigned char*>(key.data()), key.size(), secret_.data());
  Fingerprint made;
  std::memcpy(&made, bytes, sizeof made);
  return made;
}

// The limit takes part, so that the keys of a strict limit do not share with the many of a generous one.
std::size_t LocalCounters::sharedPlace(const Fingerprint& fingerprint, const Limit& limit) {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15u;  // 2^64 / the golden ratio
  std::uint64_t place = fingerprint.high;
  place = (place ^ limit.countMax) * kOdd;
  place = (place ^ static_cast<std::uint64_t>(limit.window.count())) * kOdd;
  place = (place ^ static_cast<std::uint64_t>(limit.block.count())) * kOdd;
  return static_cast<std::size_t>((place >> 32) % kSharedPerShard);
}

}  // namespace kavro::limiter_redis
