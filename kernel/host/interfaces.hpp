// The function tables that plugins find by id; findInterface() in plugin_host.hpp knows them all.
#pragma once

#include <kavro/abi/http.h>
#include <kavro/abi/import.h>
#include <kavro/abi/metrics.h>

namespace kavro::host {

const kavro_http_v1& httpInterface();
const kavro_import_v1& importInterface();
const kavro_metrics_v1& metricsInterface();

}  // namespace kavro::host
