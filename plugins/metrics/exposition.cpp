#include "exposition.hpp"

#include <prometheus/text_serializer.h>

#include <string_view>

#include <kavro/text.hpp>

namespace kavro::metrics {
namespace {

prometheus::MetricType typeOf(int32_t type) {
  switch (type) {
    case KAVRO_METRIC_COUNTER:
      return prometheus::MetricType::Counter;
    case KAVRO_METRIC_GAUGE:
      return prometheus::MetricType::Gauge;
    case KAVRO_METRIC_HISTOGRAM:
      return prometheus::MetricType::Histogram;
    default:
      return prometheus::MetricType::Untyped;
  }
}

// prometheus-cpp 1.0 escapes the values of labels, but not the help.
std::string escapedHelp(std::string_view help) {
  std::string out;
  for (const char c : help) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

prometheus::ClientMetric::Histogram histogramOf(const kavro_metric_sample& sample) {
  prometheus::ClientMetric::Histogram histogram;
  histogram.sample_count = sample.count;
  histogram.sample_sum = sample.sum;
  for (size_t i = 0; i < sample.bucket_count; ++i) {
    histogram.bucket.push_back({sample.buckets[i].count, sample.buckets[i].upper_bound});
  }
  return histogram;
}

}  // namespace

void Exposition::add(const kavro_metric_sample& sample) {
  const std::string_view name = fromAbi(sample.name);
  if (families_.empty() || families_.back().name != name) {
    families_.push_back({std::string(name), escapedHelp(fromAbi(sample.help)), typeOf(sample.type), {}});
  }
  prometheus::ClientMetric metric;
  for (size_t i = 0; i < sample.label_count; ++i) {
    metric.label.push_back({std::string(fromAbi(sample.labels[i].name)), std::string(fromAbi(sample.labels[i].value))});
  }
  switch (sample.type) {
    case KAVRO_METRIC_COUNTER:
      metric.counter.value = sample.value;
      break;
    case KAVRO_METRIC_HISTOGRAM:
      metric.histogram = histogramOf(sample);
      break;
    case KAVRO_METRIC_GAUGE:
      metric.gauge.value = sample.value;
      break;
    default:
      metric.untyped.value = sample.value;
      break;
  }
  families_.back().metric.push_back(std::move(metric));
}

std::string Exposition::text() const { return prometheus::TextSerializer().Serialize(families_); }

}  // namespace kavro::metrics
