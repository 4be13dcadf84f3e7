// What [plugins] says: which instances are on, and of which library each one is.
#pragma once

#include <string>
#include <vector>

#include "kernel/config/environment.hpp"
#include "kernel/config/problem.hpp"
#include "kernel/registry/plugin_folder.hpp"

namespace kavro::registry {

struct PluginSwitch {
  std::string instance;
  std::string where;    // "conf/kavro.ini:7"
  std::string library;  // its name; for one that is off: the instance's
  bool on = false;
  const PluginLibrary* found = nullptr;  // borrowed from the folder; null when it has no such library
};

// The switches, one per instance: a later assignment (environment, command line) replaces an earlier one.
// A library that is on and missing or refused is a problem; one that is off may be missing.
std::vector<PluginSwitch> readSwitches(const std::vector<config::Assignment>& assignments, const PluginFolder& folder,
                                       config::Problems& problems);

}  // namespace kavro::registry
