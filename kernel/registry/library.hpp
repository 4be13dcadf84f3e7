// A plugin's library, loaded. From a private copy, so that replacing the file on disk never touches a running one.
//
// The copy lives in memory (memfd) and is never unmapped: unloading C++ code is a known source of crashes. Its
// descriptor stays open, because the dynamic loader knows libraries by name, and the name is the descriptor's number.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <kavro/abi/plugin.h>

#include "kernel/registry/manifest.hpp"

namespace kavro::registry {

class Library {
 public:
  // Checks that the copy still carries the planned manifest, then loads it (RTLD_NOW | RTLD_LOCAL): its constructors
  // run. Throws std::runtime_error "plugins/foo.so: ..." with the reason.
  Library(const std::filesystem::path& path, const Manifest& planned);
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  const kavro_plugin_entry& entry() const { return *entry_; }
  const std::string& manifest() const { return manifest_; }  // its text
  std::size_t bytes() const { return static_cast<std::size_t>(file_.st_size); }

  // Whether the file at `path` is, byte for byte, what was loaded. False when it cannot be read.
  bool isSameAs(const std::filesystem::path& path) const;

 private:
  std::string manifest_;
  struct stat file_ {};  // of the file when it was copied
  int copy_ = -1;        // open for as long as the process lives
  const kavro_plugin_entry* entry_ = nullptr;
};

// Every library that was ever loaded. One whose bytes are loaded already is not loaded again, however often plugins of
// it are restarted: what stays mapped is one copy of each build.
// Threads: load() one; the figures any.
class Libraries {
 public:
  std::shared_ptr<const Library> load(const std::filesystem::path& path, const Manifest& planned);

  // Those that no instance uses any more, and the bytes of their copies.
  std::size_t retired() const;
  std::size_t retiredBytes() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const Library>> libraries_;
};

}  // namespace kavro::registry
