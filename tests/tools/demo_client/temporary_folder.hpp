// What the tests of the demo client share: a folder of a test's own, and looking at files and failures.
#pragma once

#include <filesystem>
#include <string>

#include "failure.hpp"

namespace kavro::demo_client::testing {

// Removed with everything in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The permission bits of a file, as in 0600.
unsigned modeOf(const std::filesystem::path& file);

// Writes a file as it is, with this mode.
void writeFile(const std::filesystem::path& file, const std::string& content, unsigned mode = 0600);

// What `action` says when it throws Failure; empty when it does not.
template <typename Action>
std::string failureOf(Action action) {
  try {
    action();
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "";
}

}  // namespace kavro::demo_client::testing
