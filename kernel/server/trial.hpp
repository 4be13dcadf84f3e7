// A trial of a configuration's plugins in a process of its own: they are loaded and created there, and what crashes,
// hangs or throws does so without this process. A reload makes one before plugins are created in the server; it is also
// how `kavro plan`, `kavro routes` and `kavro check --probe` know what the plugins would register.
//
// Threads: any, at once. Blocks for `patience` at most.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "kernel/registry/composition.hpp"
#include "kernel/registry/outline.hpp"

namespace kavro::server {

enum class TrialKind {
  kCreate,
  kProbe,  // also asks each plugin whether what it depends on is there
};

struct TrialResult {
  struct Probe {
    std::string plugin, what, detail, remedy;
    bool good = false;
  };
  std::string why;  // empty: all plugins could be created. Otherwise the reason, with the plugin's name
  registry::Outline outline;
  std::vector<Probe> probes;  // with kProbe
};

// Starts this program again as `kavro trial`. `source` must be one that compose() accepts.
TrialResult tryOut(const registry::CompositionSource& source, TrialKind kind, std::chrono::milliseconds patience);

// What `kavro trial` does in that process: the report to standard output, a line of JSON for each step. Returns the exit
// status.
int runTrial(const registry::Composition& composition, TrialKind kind);

}  // namespace kavro::server
