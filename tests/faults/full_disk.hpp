// A disk that can be made full and empty again: a small tmpfs, in a mount namespace of this thread's, so that it is
// gone with the process. Where mounting is not permitted there is none.
//
// Threads: one; processes that it starts see the disk. Errors: std::runtime_error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/services/temporary_folder.hpp"

namespace kavro::testing {

class FullDisk {
 public:
  // Null, and why not.
  static std::unique_ptr<FullDisk> mount(std::size_t bytes, std::string& why_not);
  ~FullDisk();
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

  std::filesystem::path path() const { return folder_.path(); }
  // Takes so much, or all that is left, to the last byte.
  void fill(std::size_t bytes = SIZE_MAX);
  void makeRoom();

 private:
  FullDisk() = default;

  TemporaryFolder folder_{"disk"};
};

}  // namespace kavro::testing
