// A plugin's library, loaded. From a private copy, so that replacing the file on disk never touches a running one.
//
// The copy lives in memory (memfd) and is never unmapped: unloading C++ code is a known source of crashes. Its
// descriptor stays open, because the dynamic loader knows libraries by name, and the name is the descriptor's number.
#pragma once

#include <filesystem>
#include <string>

#include <kavro/abi/plugin.h>

#include "kernel/registry/manifest.hpp"

namespace kavro::registry {

class Library {
 public:
  // Checks that the copy still carries the planned manifest, then loads it (RTLD_NOW | RTLD_LOCAL): its constructors
  // run. Throws std::runtime_error "plugins/foo.so: ..." with the reason.
  Library(const std::filesystem::path& path, const Manifest& planned);

  const kavro_plugin_entry& entry() const { return *entry_; }

 private:
  const kavro_plugin_entry* entry_ = nullptr;
};

}  // namespace kavro::registry
