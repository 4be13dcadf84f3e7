// From the settings of a composition to the options of the server's parts. Pure, but for listenTargets().
// Errors: std::out_of_range for a setting that the schema does not have, which is a bug.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kernel/database/database.hpp"
#include "kernel/host/log.hpp"
#include "kernel/host/work_pool.hpp"
#include "kernel/http/options.hpp"
#include "kernel/http/tls_context.hpp"
#include "kernel/registry/composition.hpp"

namespace kavro::server {

host::Log::Level logLevel(const registry::Composition& composition);
host::Log::Format logFormat(const registry::Composition& composition);
// Of the plugins that have a level of their own, by name.
std::map<std::string, host::Log::Level> logLevels(const registry::Composition& composition);

// `log` outlives the database.
database::Options databaseOptions(const registry::Composition& composition, host::Log& log);

host::WorkPool::Options workerOptions(const registry::Composition& composition);

http::TlsOptions tlsOptions(const registry::Composition& composition);

http::ServerOptions serverOptions(const registry::Composition& composition);

}  // namespace kavro::server
