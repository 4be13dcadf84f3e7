// `kavro import`: takes over what another service kept in its database, through the plugins that know its tables.
//
// It composes and creates the plugins as `kavro run` does and brings the schema up to date, but starts and serves
// nothing. SIGINT and SIGTERM end it after the running batch; the same command again goes on from there.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>

#include "kernel/registry/composition.hpp"

namespace kavro::commands {

struct ImportOptions {
  static constexpr std::size_t kBatchRowsMax = 100'000;

  std::string from;       // a URL as in import/source_url.hpp; may hold a password
  std::string from_file;  // or a file that holds it
  bool dry_run = false;   // everything but keeping it
  bool recheck = false;   // from the first row, whatever earlier runs did
  std::string report;     // a file for the report as JSON; empty: none
  std::size_t batch_rows = 500;
};

// Writes the report to `output`, and progress and problems to `error`. Returns kExitOk when every row is there now,
// kExitFailure when some were refused or it ended early, kExitConfiguration, or kExitUsage.
int importData(const registry::CompositionSource& source, const ImportOptions& options, std::ostream& output,
               std::ostream& error);

}  // namespace kavro::commands
