#include "kernel/http/request_metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace kavro::http {
namespace {

using namespace std::chrono_literals;
using Sample = RequestMetrics::Sample;

const Sample* find(const std::vector<Sample>& samples, const std::string& method, const std::string& route) {
  const auto found = std::find_if(samples.begin(), samples.end(), [&](const Sample& sample) {
    return sample.method == method && sample.route == route;
  });
  return found == samples.end() ? nullptr : &*found;
}

TEST(RequestMetricsTest, CountsByStatusAndTimeOverAllSlots) {
  RequestMetrics metrics;
  auto& series = metrics.findRoute("GET", "/things/{id}");
  EXPECT_EQ(&series, &metrics.findRoute("GET", "/things/{id}"));
  series.count(0, 200, 100us);  // a bound is inclusive
  series.count(1, 200, 101us);
  series.count(263, 404, 11s);
  series.count(0, 418, 0ns);
  const auto samples = metrics.snapshot();
  ASSERT_EQ(1u, samples.size());
  const Sample& sample = samples.front();
  EXPECT_EQ(4u, sample.requests);
  EXPECT_EQ(2u, sample.buckets[0]);
  EXPECT_EQ(1u, sample.buckets[1]);
  EXPECT_EQ(1u, sample.buckets.back());
  EXPECT_NEAR(11.000201, sample.seconds, 1e-9);
  const std::vector<std::pair<std::string, std::uint64_t>> expected{{"200", 2}, {"404", 1}, {"4xx", 1}};
  EXPECT_EQ(expected, sample.statuses);
}

TEST(RequestMetricsTest, RequestsWithoutARouteCountByKnownMethods) {
  RequestMetrics metrics;
  metrics.unmatched("GET").count(0, 404, 1ms);
  metrics.unmatched("BREW").count(0, 501, 1ms);
  metrics.unmatched("").count(0, 400, 1ms);
  const auto samples = metrics.snapshot();
  ASSERT_NE(nullptr, find(samples, "GET", ""));
  ASSERT_NE(nullptr, find(samples, "other", ""));
  EXPECT_EQ(2u, find(samples, "other", "")->requests);
}

TEST(RequestMetricsTest, TooManyRoutesAreOneOther) {
  RequestMetrics metrics;
  for (std::size_t i = 0; i < RequestMetrics::kSeriesMax; ++i) metrics.findRoute("GET", "/" + std::to_string(i));
  auto& other = metrics.findRoute("GET", "/one-more");
  EXPECT_EQ(&other, &metrics.findRoute("GET", "/another"));
  EXPECT_NE(&other, &metrics.findRoute("GET", "/0"));
  other.count(0, 200, 1ms);
  ASSERT_NE(nullptr, find(metrics.snapshot(), "other", "other"));
}

}  // namespace
}  // namespace kavro::http
