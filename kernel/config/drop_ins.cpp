#include "kernel/config/drop_ins.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace kavro::config {
namespace {

constexpr const char* kFolder = "conf.d";

bool isDropIn(const std::string& name) {
  return !name.starts_with('.') && (name.ends_with(".ini") || name.ends_with(".xml"));
}

bool isInDropInFolder(const std::string& file) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(file, error).lexically_normal();
  return !error && absolute.parent_path().filename() == kFolder;
}

}  // namespace

std::vector<std::string> findDropIns(const std::string& file, Problems& problems) {
  if (isInDropInFolder(file)) return {};
  const std::filesystem::path folder = std::filesystem::path(file).parent_path() / kFolder;
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error), end;
  std::vector<std::string> found;
  while (!error && entries != end) {
    if (isDropIn(entries->path().filename().string())) found.push_back(entries->path().string());
    entries.increment(error);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    const bool no_folder = error == std::errc::not_a_directory;
    // The file's own folder may be no folder either; that is said about the file.
    if (no_folder && !std::filesystem::exists(folder, error)) return {};
    problems.push_back({folder.string(), no_folder
                                             ? "is no folder; expected one with drop-ins (*.ini, *.xml), or nothing"
                                             : "cannot be read: " + error.message()});
    return {};
  }
  std::sort(found.begin(), found.end());
  if (found.size() > kDropInsMax) {
    problems.push_back({folder.string(), "has " + std::to_string(found.size()) + " drop-ins; at most " +
                                             std::to_string(kDropInsMax) + " are read"});
    found.resize(kDropInsMax);
  }
  return found;
}

std::vector<ConfigurationFile> readWithDropIns(const std::string& file, Problems& problems) {
  std::vector<ConfigurationFile> files{ConfigurationFile::read(file, problems)};
  for (const std::string& path : findDropIns(file, problems)) files.push_back(ConfigurationFile::read(path, problems));
  return files;
}

}  // namespace kavro::config
