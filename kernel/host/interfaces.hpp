// The function tables that plugins find by id; findInterface() in plugin_host.hpp knows them all.
#pragma once

#include <kavro/abi/http.h>

namespace kavro::host {

const kavro_http_v1& httpInterface();

}  // namespace kavro::host
