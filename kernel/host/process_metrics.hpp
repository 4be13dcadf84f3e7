// What /proc says of this process, by the names that every Prometheus client uses: processor time, memory, open files,
// start. A source for Metrics. What cannot be read is left out.
#pragma once

#include "kernel/host/metrics.hpp"

namespace kavro::host {

void sampleProcess(SampleSink& sink);

}  // namespace kavro::host
