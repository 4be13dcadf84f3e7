// Connects to a PostgreSQL server once.
#pragma once

#include "kernel/database/probe.hpp"

namespace kavro::database::postgresql {

ProbeResult probe(const Options& options);

}  // namespace kavro::database::postgresql
