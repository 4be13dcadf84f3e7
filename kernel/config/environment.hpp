// Settings from the process's environment: KAVRO_<SECTION>_<KEY>, upper case, with '_' for '-' and '.'.
//
// A snapshot, so that tests and reloads do not depend on what the process's environment is at that moment.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/config/problem.hpp"
#include "kernel/config/schema.hpp"

namespace kavro::config {

struct Environment {
  // Variables that begin with KAVRO_, with their values.
  std::map<std::string, std::string> variables;
  // $CREDENTIALS_DIRECTORY: the folder where systemd puts a service's credentials.
  std::optional<std::filesystem::path> credentials_folder;

  // Not while another thread changes the environment.
  static Environment ofProcess();
};

// One value for one key of a section, and where it was given.
struct Assignment {
  std::string key;
  std::string value;
  std::string origin;
};

// "KAVRO_LIMITER_MEMORY_KEYS_MAX" for the section limiter-memory and the key keys_max.
std::string variableName(std::string_view section, std::string_view key);

// A section whose variables are looked for.
struct KnownSection {
  std::string name;
  const Schema* schema = nullptr;      // null: its library cannot be read, so any variable of it is left alone
  std::vector<std::string> file_keys;  // how the file spells its keys: members of a family keep that spelling
};

// What the environment says about each of the sections (by name). A variable that begins like one of them and fits none
// of their keys is a problem. Where two sections could be meant ("limiter" and "limiter-memory"), the one that has such
// a key is.
std::map<std::string, std::vector<Assignment>> assignVariables(const Environment& environment,
                                                               const std::vector<KnownSection>& sections,
                                                               Problems& problems);

}  // namespace kavro::config
