// The libraries in the plugin path, each read as far as its manifest. Nothing of them is loaded or run.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel/registry/manifest.hpp"

namespace kavro::registry {

inline constexpr std::size_t kPluginLibrariesMax = 1000;

struct PluginLibrary {
  std::filesystem::path path;
  std::optional<Manifest> manifest;  // either this
  Reasons reasons;                   // or why it is refused
};

struct PluginFolder {
  std::filesystem::path path;
  std::string why;                                 // not empty: the folder itself cannot be read
  std::string where;                               // the setting that names it: "conf/kavro.ini:12"; may be empty
  std::map<std::string, PluginLibrary> libraries;  // by name, without ".so"

  // Reads all NAME.so in the folder, sorted by name.
  static PluginFolder read(const std::filesystem::path& path);

  const PluginLibrary* find(const std::string& name) const;
  std::vector<std::string> names() const;
};

// The folder "plugins" beside the folder of the running program: build/plugins for build/bin/kavro.
std::filesystem::path pluginFolderOfProgram();

}  // namespace kavro::registry
