// From what the file, the environment and the command line say about a section to its checked Settings.
//
// Precedence: default < file < drop-ins < $CREDENTIALS_DIRECTORY < environment < command line. What is overridden is
// still checked.
//
// A setting X of type secret can be given, on each of these levels, as X or as X_file: the path of a file whose content
// is the secret, without the newline at its end. $CREDENTIALS_DIRECTORY gives it as the file <section>.X. That others
// than its owner can read such a file is a warning.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "kernel/config/environment.hpp"
#include "kernel/config/problem.hpp"
#include "kernel/config/schema.hpp"
#include "kernel/config/settings.hpp"

namespace kavro::config {

inline constexpr std::size_t kSecretFileBytesMax = 64 * 1024;

struct SectionSource {
  std::string name;
  std::string where;  // what a missing setting is reported at: the section's line, or the file
  std::vector<Assignment> file;
  std::vector<std::vector<Assignment>> drop_ins;  // in the order in which they were read
  std::vector<Assignment> environment;
  std::vector<Assignment> command_line;  // on these the last one for a key wins
  std::optional<std::filesystem::path> credentials_folder;
  std::filesystem::path home;  // absolute: where relative paths start
};

enum class Completeness {
  kComplete,   // required settings must be there, secrets are read
  kGivenOnly,  // the section of a plugin that is off: only what is there is checked, and no file is touched
};

// Never throws for bad input; with errors the result is what could be made of it, and not to be used.
Settings readSettings(const Schema& schema, const SectionSource& source, Completeness completeness, Problems& problems);

// "/srv/kavro/var/x" for home "/srv/kavro" and "var/x"; an absolute path stays what it is, without "." and "..".
std::string absolutePath(const std::filesystem::path& home, std::string_view path);

}  // namespace kavro::config
