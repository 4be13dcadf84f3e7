// A folder of one object's own, removed with it: /tmp/kavro-NAME-XXXXXX, which nobody but its owner may enter.
//
// Threads: one. Errors: std::runtime_error when it cannot be made.
#pragma once

#include <filesystem>
#include <string>

namespace kavro::testing {

class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& name);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace kavro::testing
