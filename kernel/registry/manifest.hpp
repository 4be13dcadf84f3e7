// What a plugin's library says about itself, read without running it. The form is documented where plugin authors look
// for it: sdk/include/kavro/abi/plugin.h.
//
// Refused here, before any code of the library has run: a file that is no library of this machine, another ABI, and
// every member that is missing, unknown or not what it should be.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kernel/config/schema.hpp"
#include "kernel/http/failure_policy.hpp"

namespace kavro::registry {

inline constexpr std::size_t kManifestBytesMax = 64 * 1024;

using http::OnFailure;

// `kavro NAME COMMAND`, of a plugin's library.
struct ManifestCommand {
  std::string name;
  std::string summary;
};

struct Manifest {
  std::string name;
  std::string version;
  std::string summary;
  std::string licence;
  std::vector<std::string> provides;
  std::vector<std::string> requires_;  // "requires" is a word of C++20
  std::vector<std::string> optional;
  OnFailure on_failure = OnFailure::kClosed;
  std::vector<ManifestCommand> commands;
  config::Schema settings;
  std::string json;  // the text of all this
};

// Why a manifest is refused: one phrase for each thing that is wrong, that can follow "plugins/foo.so: ".
using Reasons = std::vector<std::string>;

// From the library at `path`, whose file is called <name>.so.
std::variant<Manifest, Reasons> readManifest(const std::string& path);

// From the JSON text of a library called `name`.
std::variant<Manifest, Reasons> parseManifest(std::string_view json, std::string_view name);

// Tables that the kernel offers to every plugin by itself: "kavro.http/1", ... A manifest may require them.
const std::vector<std::string>& kernelServices();

}  // namespace kavro::registry
