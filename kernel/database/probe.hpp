// Whether a database could be used, without using it: for `kavro check --probe`. Nothing is created or changed.
#pragma once

#include <string>

#include "kernel/database/database.hpp"

namespace kavro::database {

struct ProbeResult {
  bool good = false;
  std::string detail;  // what was found: "PostgreSQL 15.4", "there is no folder /srv/kavro/var"
  std::string remedy;  // when not good
};

// Takes connect_timeout at most, for each host. `options.url` is one that whyNoUrl() accepts.
ProbeResult probe(const Options& options);

}  // namespace kavro::database
