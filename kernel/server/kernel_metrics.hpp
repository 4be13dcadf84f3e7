// What the kernel itself tells of its parts, for "kavro.metrics/1": names in plugins/metrics/README.md.
#pragma once

#include "kernel/host/metrics.hpp"

namespace kavro::server {

class Service;

// `service` lives as long as `metrics`.
void addKernelMetrics(host::Metrics& metrics, Service& service);

}  // namespace kavro::server
