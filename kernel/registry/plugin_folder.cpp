#include "kernel/registry/plugin_folder.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace kavro::registry {

PluginFolder PluginFolder::read(const std::filesystem::path& path) {
  PluginFolder folder;
  folder.path = path;
  std::error_code error;
  std::filesystem::directory_iterator entries(path, error), end;
  std::vector<std::filesystem::path> found;
  while (!error && entries != end && found.size() < kPluginLibrariesMax) {
    if (entries->path().extension() == ".so") found.push_back(entries->path());
    entries.increment(error);
  }
  if (error) {
    folder.why = error == std::errc::no_such_file_or_directory ? "there is no such folder"
                                                               : "cannot be read: " + error.message();
    return folder;
  }
  std::sort(found.begin(), found.end());
  for (const std::filesystem::path& file : found) {
    PluginLibrary library;
    library.path = file;
    auto manifest = readManifest(file.string());
    if (auto* reasons = std::get_if<Reasons>(&manifest)) {
      library.reasons = std::move(*reasons);
    } else {
      library.manifest = std::move(std::get<Manifest>(manifest));
    }
    folder.libraries.emplace(file.stem().string(), std::move(library));
  }
  return folder;
}

const PluginLibrary* PluginFolder::find(const std::string& name) const {
  auto found = libraries.find(name);
  return found == libraries.end() ? nullptr : &found->second;
}

std::vector<std::string> PluginFolder::names() const {
  std::vector<std::string> result;
  for (const auto& [name, library] : libraries) result.push_back(name);
  return result;
}

std::filesystem::path pluginFolderOfProgram() {
  std::error_code error;
  auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return "plugins";
  return program.parent_path().parent_path() / "plugins";
}

}  // namespace kavro::registry
