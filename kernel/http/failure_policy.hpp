// What the kernel does when a plugin throws, does not answer in time, or fails again and again. Declared per plugin: the
// settings on_failure, filter_timeout, handler_timeout, quarantine_share, quarantine_calls_min and quarantine_time of its
// section, with the manifest's "on_failure" as the default of the first.
#pragma once

#include <chrono>

namespace kavro::http {

enum class OnFailure {
  kClosed,  // a filter that cannot decide refuses the request
  kOpen,    // it lets the request pass
};

struct FailurePolicy {
  OnFailure on_failure = OnFailure::kClosed;
  std::chrono::milliseconds filter_timeout{5'000};    // 0: none
  std::chrono::milliseconds handler_timeout{30'000};  // 0: none

  // Quarantine: when at least quarantine_share percent of the calls of the last seconds failed, and those were at least
  // quarantine_calls_min, the plugin is not called for quarantine_time; then one call at a time tries it again.
  unsigned quarantine_share = 50;  // percent; 0: never
  unsigned quarantine_calls_min = 20;
  std::chrono::milliseconds quarantine_time{10'000};

  friend bool operator==(const FailurePolicy&, const FailurePolicy&) = default;
};

}  // namespace kavro::http
