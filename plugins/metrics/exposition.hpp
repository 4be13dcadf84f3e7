// Builds Prometheus's text format 0.0.4 from samples, through prometheus-cpp's serialiser.
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include <kavro/abi/metrics.h>
#include <prometheus/metric_family.h>

namespace kavro::metrics {

class Exposition {
 public:
  static constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";

  // Samples of one family come one after the other.
  void add(const kavro_metric_sample& sample);

  std::string text() const;

 private:
  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace kavro::metrics
