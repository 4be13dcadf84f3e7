#include "tests/faults/full_disk.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace kavro::testing {

std::unique_ptr<FullDisk> FullDisk::mount(std::size_t bytes, std::string& why_not) {
  std::unique_ptr<FullDisk> disk(new FullDisk());
  const std::string options = "mode=0700,size=" + std::to_string(bytes);
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", disk->folder_.path().c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
    why_not = std::string("a disk for this test cannot be mounted: ") + std::strerror(errno);
    return nullptr;
  }
  return disk;
}

FullDisk::~FullDisk() { ::umount2(folder_.path().c_str(), MNT_DETACH); }

void FullDisk::fill(std::size_t bytes) {
  const int file = ::open((path() / "ballast").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error("no ballast");
  const std::array<char, 65536> zeros{};
  std::size_t piece = zeros.size();
  while (piece > 0 && bytes > 0) {
    const ssize_t written = ::write(file, zeros.data(), std::min(piece, bytes));
    if (written > 0) {
      bytes -= static_cast<std::size_t>(written);
    } else {
      piece /= 2;
    }
  }
  ::close(file);
}

void FullDisk::makeRoom() { std::filesystem::remove(path() / "ballast"); }

}  // namespace kavro::testing
