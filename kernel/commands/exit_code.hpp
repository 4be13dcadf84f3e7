// How the program ends: 0, or a code of sysexits.h.
#pragma once

namespace kavro::commands {

enum ExitCode : int {
  kExitOk = 0,
  kExitFailure = 1,         // it ran, and could not end in order
  kExitUsage = 64,          // EX_USAGE: the command line makes no sense
  kExitConfiguration = 78,  // EX_CONFIG: the configuration is refused; nothing was changed
};

}  // namespace kavro::commands
