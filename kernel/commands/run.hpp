// `kavro run`: serves until SIGTERM or SIGINT, then finishes what runs and stops in order.
#pragma once

#include <iosfwd>

#include "kernel/registry/composition.hpp"

namespace kavro::commands {

// Blocks. The log goes to standard error, problems of the configuration to `error`. Returns kExitOk after an orderly
// stop, kExitConfiguration when the configuration is refused (also what only shows when it is tried: a port that is
// taken, a certificate that does not fit its key, a plugin that does not come up), kExitFailure when requests were still
// unanswered at the end of drain_timeout.
int run(const registry::CompositionSource& source, std::ostream& error);

}  // namespace kavro::commands
