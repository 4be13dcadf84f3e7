// `kavro check --probe`: the same as check(), and then what only shows when it is tried. The plugins are loaded and
// created in a process of their own and asked whether what they depend on is there; the database is asked too.
// Nothing is created or changed.
#pragma once

#include <iosfwd>

#include "kernel/registry/composition.hpp"

namespace kavro::commands {

// A line for each thing that was tried, "ok" or "FAILED" with the remedy, to `output`. Returns kExitConfiguration when
// one failed.
int probe(const registry::CompositionSource& source, std::ostream& output, std::ostream& error);

}  // namespace kavro::commands
