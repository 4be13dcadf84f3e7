#include "kernel/http/request_metrics.hpp"

#include <algorithm>

namespace kavro::http {

namespace {

constexpr std::array<int, 33> kStatuses = {200, 201, 202, 204, 301, 302, 304, 307, 308, 400, 401,
                                           403, 404, 405, 406, 408, 409, 410, 411, 413, 414, 415,
                                           417, 421, 422, 426, 429, 431, 500, 501, 503, 504, 505};
constexpr std::size_t kClasses = 4;  // 2xx to 5xx, of those that are not listed
constexpr std::size_t kCounts = kStatuses.size() + kClasses;

constexpr auto kIndexOfStatus = [] {
  std::array<std::uint8_t, 600> index{};
  for (std::size_t status = 200; status < index.size(); ++status) {
    index[status] = static_cast<std::uint8_t>(kStatuses.size() + status / 100 - 2);
  }
  for (std::size_t i = 0; i < kStatuses.size(); ++i) {
    index[static_cast<std::size_t>(kStatuses[i])] = static_cast<std::uint8_t>(i);
  }
  return index;
}();

constexpr auto kBoundsNanoseconds = [] {
  std::array<std::int64_t, RequestMetrics::kBounds.size()> bounds{};
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    bounds[i] = static_cast<std::int64_t>(RequestMetrics::kBounds[i] * 1e9 + 0.5);
  }
  return bounds;
}();

std::string nameOfCount(std::size_t index) {
  if (index < kStatuses.size()) return std::to_string(kStatuses[index]);
  return std::to_string(index - kStatuses.size() + 2) + "xx";
}

// One thread writes.
void add(std::atomic<std::uint64_t>& counter, std::uint64_t amount) {
  counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

}  // namespace

struct alignas(64) RequestMetrics::Series::Slot {
  std::array<std::atomic<std::uint64_t>, kBuckets> buckets{};
  std::array<std::atomic<std::uint64_t>, kCounts> statuses{};
  std::atomic<std::uint64_t> nanoseconds{0};
};

RequestMetrics::Series::Series() = default;
RequestMetrics::Series::~Series() {
  for (const auto& slot : slots_) delete slot.load(std::memory_order_relaxed);
}

RequestMetrics::Series::Slot& RequestMetrics::Series::slotOf(std::size_t slot) {
  std::atomic<Slot*>& place = slots_[std::min(slot, kSlots - 1)];
  Slot* found = place.load(std::memory_order_relaxed);
  if (found) return *found;
  place.store(new Slot, std::memory_order_release);
  return *place.load(std::memory_order_relaxed);
}

void RequestMetrics::Series::count(std::size_t slot, int status, std::chrono::nanoseconds time) {
  Slot& mine = slotOf(slot);
  std::size_t bucket = 0;
  while (bucket < kBoundsNanoseconds.size() && time.count() > kBoundsNanoseconds[bucket]) ++bucket;
  add(mine.buckets[bucket], 1);
  add(mine.statuses[kIndexOfStatus[static_cast<std::size_t>(std::clamp(status, 200, 599))]], 1);
  add(mine.nanoseconds, static_cast<std::uint64_t>(time.count()));
}

RequestMetrics::RequestMetrics() = default;
RequestMetrics::~RequestMetrics() = default;

RequestMetrics::Series& RequestMetrics::findRoute(const std::string& method, const std::string& pattern) {
  const std::lock_guard lock(mutex_);
  const auto found = routes_.find({method, pattern});
  if (found != routes_.end()) return *found->second;
  if (routes_.size() >= kSeriesMax) {
    if (!other_) other_ = std::make_unique<Series>();
    return *other_;
  }
  return *routes_.emplace(std::pair(method, pattern), std::make_unique<Series>()).first->second;
}

RequestMetrics::Series& RequestMetrics::unmatched(std::string_view method) {
  const auto found = std::find(kMethods.begin(), kMethods.end() - 1, method);
  return unmatched_[static_cast<std::size_t>(found - kMethods.begin())];
}

std::vector<RequestMetrics::Sample> RequestMetrics::snapshot() const {
  std::vector<Sample> samples;
  const auto take = [&samples](std::string method, std::string route, const Series& series) {
    Sample sample;
    std::array<std::uint64_t, kCounts> statuses{};
    std::uint64_t nanoseconds = 0;
    for (const auto& place : series.slots_) {
      const Series::Slot* slot = place.load(std::memory_order_acquire);
      if (!slot) continue;
      for (std::size_t i = 0; i < kBuckets; ++i) sample.buckets[i] += slot->buckets[i].load(std::memory_order_relaxed);
      for (std::size_t i = 0; i < kCounts; ++i) statuses[i] += slot->statuses[i].load(std::memory_order_relaxed);
      nanoseconds += slot->nanoseconds.load(std::memory_order_relaxed);
    }
    for (const std::uint64_t count : sample.buckets) sample.requests += count;
    if (sample.requests == 0) return;
    for (std::size_t i = 0; i < kCounts; ++i) {
      if (statuses[i] > 0) sample.statuses.emplace_back(nameOfCount(i), statuses[i]);
    }
    sample.seconds = static_cast<double>(nanoseconds) / 1e9;
    sample.method = std::move(method);
    sample.route = std::move(route);
    samples.push_back(std::move(sample));
  };
  for (std::size_t i = 0; i < kMethods.size(); ++i) take(std::string(kMethods[i]), "", unmatched_[i]);
  const std::lock_guard lock(mutex_);
  for (const auto& [name, series] : routes_) take(name.first, name.second, *series);
  if (other_) take("other", "other", *other_);
  return samples;
}

}  // namespace kavro::http
