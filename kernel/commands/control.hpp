// The commands that ask a running server: reload, plan, status, log. They find its control socket in the configuration.
#pragma once

#include <iosfwd>
#include <string>

#include "kernel/registry/composition.hpp"

namespace kavro::commands {

struct ControlOptions {
  std::string socket;   // empty: [server] control of the configuration
  bool json = false;    // the answer as it came
  std::string channel;  // log
  std::string level;    // log
};

// Each returns kExitOk; kExitConfiguration when the server refused, with its reasons on `error`; kExitFailure when no
// server answers.
int reload(const registry::CompositionSource& source, const ControlOptions& options, std::ostream& output,
           std::ostream& error);
int plan(const registry::CompositionSource& source, const ControlOptions& options, std::ostream& output,
         std::ostream& error);
int status(const registry::CompositionSource& source, const ControlOptions& options, std::ostream& output,
           std::ostream& error);
int logLevels(const registry::CompositionSource& source, const ControlOptions& options, std::ostream& output,
              std::ostream& error);

}  // namespace kavro::commands
