// One series of a metric: where plugins count. Spread over cells, one for some processors each, so that two threads do
// not fight over a cache line; reading adds the cells up.
//
//   counter    kShards cells of 64 bytes
//   gauge      one cell, since set() must mean all of it
//   histogram  kShards times the buckets and the sum
//
// Threads: any; every number is exact, and no two of them need belong to the same moment. Nothing is allocated after
// construction. What is no finite number is ignored, and so is a call that does not fit the type.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <kavro/abi/metrics.h>

namespace kavro::host {

enum class MetricType : std::int32_t {
  kCounter = KAVRO_METRIC_COUNTER,
  kGauge = KAVRO_METRIC_GAUGE,
  kHistogram = KAVRO_METRIC_HISTOGRAM,
};

struct HistogramValue {
  std::vector<double> bounds;         // upper bounds, ascending
  std::vector<std::uint64_t> counts;  // of each bucket alone; one more than bounds: what is above the last
  double sum = 0;
};

class Series {
 public:
  static constexpr std::size_t kShards = 16;

  // `bounds` of a histogram, ascending; empty for the others.
  Series(MetricType type, std::vector<double> bounds);
  Series(const Series&) = delete;
  Series& operator=(const Series&) = delete;

  void add(double amount);  // counter: not below 0
  void set(double value);
  void observe(double value);

  MetricType type() const { return type_; }
  double value() const;
  HistogramValue histogram() const;

  static Series* of(kavro_metric* metric) { return reinterpret_cast<Series*>(metric); }
  kavro_metric* abi() { return reinterpret_cast<kavro_metric*>(this); }

 private:
  static constexpr std::size_t kLineBytes = 64;
  struct alignas(kLineBytes) Cell {
    std::atomic<double> value{0};
  };
  struct alignas(kLineBytes) CountLine {
    std::array<std::atomic<std::uint64_t>, kLineBytes / sizeof(std::uint64_t)> counts{};
  };

  std::size_t buckets() const { return bounds_.size() + 1; }
  std::size_t linesPerShard() const;
  std::atomic<std::uint64_t>& bucket(std::size_t shard, std::size_t index) const;

  const MetricType type_;
  const std::vector<double> bounds_;
  const std::unique_ptr<Cell[]> cells_;       // counts, the gauge, or a histogram's sums
  const std::unique_ptr<CountLine[]> lines_;  // a histogram's buckets
};

}  // namespace kavro::host
