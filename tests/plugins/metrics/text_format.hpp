// A strict reader of Prometheus's text format 0.0.4, of what Kavro writes: every family has HELP and TYPE, in this
// order and once, before its samples; its samples stand together; no series is there twice; labels are escaped; buckets
// of a histogram ascend and do not fall, the last is +Inf and is the count; a counter's name ends in _total.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kavro::testing {

struct MetricsText {
  std::map<std::string, double> samples;  // by series as it is written: name{label="value"}
  std::map<std::string, std::string> types;
  std::vector<std::string> problems;  // "line 3: ..."

  // The value of a series; -1, which none has, when it is not there.
  double value(const std::string& series) const {
    const auto found = samples.find(series);
    return found == samples.end() ? -1 : found->second;
  }
};

MetricsText readMetrics(std::string_view text);

}  // namespace kavro::testing
