#include "exposition.hpp"

#include <gtest/gtest.h>

#include <limits>

#include <kavro/text.hpp>

#include "tests/plugins/metrics/text_format.hpp"

namespace kavro::metrics {
namespace {

kavro_metric_sample sample(int32_t type, std::string_view name, std::string_view help = "What it is") {
  kavro_metric_sample made{};
  made.size = sizeof made;
  made.type = type;
  made.name = toAbi(name);
  made.help = toAbi(help);
  return made;
}

TEST(Exposition, WritesEveryKindOfMetric) {
  const kavro_field allowed{toAbi("decision"), toAbi("allowed")}, refused{toAbi("decision"), toAbi("refused")};
  kavro_metric_sample counter = sample(KAVRO_METRIC_COUNTER, "hits_total");
  counter.labels = &allowed;
  counter.label_count = 1;
  counter.value = 12345678;
  Exposition exposition;
  exposition.add(counter);
  counter.labels = &refused;
  counter.value = 0;
  exposition.add(counter);
  kavro_metric_sample gauge = sample(KAVRO_METRIC_GAUGE, "lag_seconds");
  gauge.value = -0.25;
  exposition.add(gauge);
  const kavro_metric_bucket buckets[] = {{0.5, 1}, {std::numeric_limits<double>::infinity(), 3}};
  kavro_metric_sample histogram = sample(KAVRO_METRIC_HISTOGRAM, "size");
  histogram.buckets = buckets;
  histogram.bucket_count = 2;
  histogram.count = 3;
  histogram.sum = 7.5;
  exposition.add(histogram);
  EXPECT_EQ(
      "# HELP hits_total What it is\n# TYPE hits_total counter\n"
      "hits_total{decision=\"allowed\"} 12345678\nhits_total{decision=\"refused\"} 0\n"
      "# HELP lag_seconds What it is\n# TYPE lag_seconds gauge\nlag_seconds -0.25\n"
      "# HELP size What it is\n# TYPE size histogram\nsize_count 3\nsize_sum 7.5\n"
      "size_bucket{le=\"0.5\"} 1\nsize_bucket{le=\"+Inf\"} 3\n",
      exposition.text());
  EXPECT_EQ(std::vector<std::string>{}, testing::readMetrics(exposition.text()).problems);
}

TEST(Exposition, EscapesWhatWouldBreakALine) {
  const kavro_field label{toAbi("route"), toAbi("a\"b\\c\nd")};
  kavro_metric_sample gauge = sample(KAVRO_METRIC_GAUGE, "g", "two\nlines, one \\");
  gauge.labels = &label;
  gauge.label_count = 1;
  Exposition exposition;
  exposition.add(gauge);
  EXPECT_EQ("# HELP g two\\nlines, one \\\\\n# TYPE g gauge\ng{route=\"a\\\"b\\\\c\\nd\"} 0\n", exposition.text());
  EXPECT_EQ(std::vector<std::string>{}, testing::readMetrics(exposition.text()).problems);
}

TEST(Exposition, IsEmptyWithoutSamples) { EXPECT_EQ("", Exposition().text()); }

}  // namespace
}  // namespace kavro::metrics
