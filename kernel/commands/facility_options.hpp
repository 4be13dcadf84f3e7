// The settings of what `kavro run` and `kavro import` both have: the log, the database, the shared pool.
// Pure; errors: std::out_of_range for a setting that the schema does not have, which is a bug.
#pragma once

#include "kernel/database/database.hpp"
#include "kernel/host/log.hpp"
#include "kernel/host/work_pool.hpp"
#include "kernel/registry/composition.hpp"

namespace kavro::commands {

host::Log::Level logLevel(const registry::Composition& composition);

// `log` outlives the database.
database::Options databaseOptions(const registry::Composition& composition, host::Log& log);

host::WorkPool::Options workerOptions(const registry::Composition& composition);

}  // namespace kavro::commands
