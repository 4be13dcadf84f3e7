// kavro PLUGIN COMMAND ...: what a plugin's library can do without a server (sdk/include/kavro/abi/command.h).
//
// The library is found as the server finds it: by its name in the plugin folder, which is the one beside the program's,
// or KAVRO_SERVER_PLUGIN_PATH. Its arguments are its own, so these commands are looked for before options are read.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "kernel/config/environment.hpp"

namespace kavro::commands {

struct PluginCommandCall {
  std::string plugin;
  std::filesystem::path library;
  std::vector<std::string> words;  // after the plugin's name: the command and its arguments
};

// The words after the program's name. Nothing: the first is no library in the plugin folder, or a command of the
// program's own.
std::optional<PluginCommandCall> findPluginCommand(const std::vector<std::string>& words,
                                                   const config::Environment& environment);

// The exit code.
int runPluginCommand(const PluginCommandCall& call, std::ostream& output, std::ostream& error);

// "  audit verify  Finds ..." for each command of each library that is there; for the program's help.
std::string pluginCommandsHelp(const config::Environment& environment);

}  // namespace kavro::commands
