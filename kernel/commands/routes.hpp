// `kavro routes`: what the plugins of a configuration would serve, and the filters in the order in which they run. Loads
// the plugins, in a process of its own.
#pragma once

#include <iosfwd>

#include "kernel/registry/composition.hpp"

namespace kavro::commands {

int routes(const registry::CompositionSource& source, bool json, std::ostream& output, std::ostream& error);

// `kavro trial`, which such a process runs; see server/trial.hpp. Not for people.
int trial(const registry::CompositionSource& source, bool probe, std::ostream& error);

}  // namespace kavro::commands
