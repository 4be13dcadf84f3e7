// `kavro plugins`: the table of all plugins that are there or named in the file.
#pragma once

#include <iosfwd>

#include "kernel/registry/composition.hpp"

namespace kavro::commands {

// Writes one line per plugin to `output`: name, version, on or off, the services it provides and requires (those it can
// do without with a "?"), summary; for one that cannot be read, why. Problems of the configuration go to `error` as
// with check(), and the table is written all the same. Returns kExitOk or kExitConfiguration. Runs no plugin's code.
int plugins(const registry::CompositionSource& source, std::ostream& output, std::ostream& error);

}  // namespace kavro::commands
