#include "kernel/host/series.hpp"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace kavro::host {

namespace {

// The C library reads the processor's number from memory that the system keeps up to date: a nanosecond. A thread that
// is moved in between counts in a cell of others, which is slower and not wrong.
std::size_t shardOfThisThread() { return static_cast<std::size_t>(sched_getcpu()) % Series::kShards; }

}  // namespace

Series::Series(MetricType type, std::vector<double> bounds)
    : type_(type),
      bounds_(std::move(bounds)),
      cells_(std::make_unique<Cell[]>(type == MetricType::kGauge ? 1 : kShards)),
      lines_(type == MetricType::kHistogram ? std::make_unique<CountLine[]>(kShards * linesPerShard()) : nullptr) {}

std::size_t Series::linesPerShard() const {
  constexpr std::size_t kPerLine = std::tuple_size_v<decltype(CountLine::counts)>;
  return (buckets() + kPerLine - 1) / kPerLine;
}

std::atomic<std::uint64_t>& Series::bucket(std::size_t shard, std::size_t index) const {
  constexpr std::size_t kPerLine = std::tuple_size_v<decltype(CountLine::counts)>;
  return lines_[shard * linesPerShard() + index / kPerLine].counts[index % kPerLine];
}

void Series::add(double amount) {
  if (!std::isfinite(amount) || type_ == MetricType::kHistogram) return;
  if (type_ == MetricType::kCounter && amount < 0) return;
  const std::size_t cell = type_ == MetricType::kGauge ? 0 : shardOfThisThread();
  cells_[cell].value.fetch_add(amount, std::memory_order_relaxed);
}

void Series::set(double value) {
  if (!std::isfinite(value) || type_ != MetricType::kGauge) return;
  cells_[0].value.store(value, std::memory_order_relaxed);
}

void Series::observe(double value) {
  if (!std::isfinite(value) || type_ != MetricType::kHistogram) return;
  const auto found = std::lower_bound(bounds_.begin(), bounds_.end(), value);  // the first bound that is not below it
  const std::size_t shard = shardOfThisThread();
  bucket(shard, static_cast<std::size_t>(found - bounds_.begin())).fetch_add(1, std::memory_order_relaxed);
  cells_[shard].value.fetch_add(value, std::memory_order_relaxed);
}

double Series::value() const {
  if (type_ == MetricType::kGauge) return cells_[0].value.load(std::memory_order_relaxed);
  double sum = 0;
  for (std::size_t i = 0; i < kShards; ++i) sum += cells_[i].value.load(std::memory_order_relaxed);
  return sum;
}

HistogramValue Series::histogram() const {
  HistogramValue value{bounds_, std::vector<std::uint64_t>(buckets()), 0};
  if (type_ != MetricType::kHistogram) return value;
  for (std::size_t shard = 0; shard < kShards; ++shard) {
    for (std::size_t i = 0; i < buckets(); ++i) value.counts[i] += bucket(shard, i).load(std::memory_order_relaxed);
  }
  value.sum = this->value();
  return value;
}

}  // namespace kavro::host
