#include "kernel/config/file_content.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace kavro::config {
namespace {

std::string reason(int error) {
  if (error == ENOENT || error == ENOTDIR) return "there is no such file";
  return "cannot be read: " + std::generic_category().message(error);
}

std::string whyNotRegular(const struct stat& status) {
  if (S_ISREG(status.st_mode)) return {};
  return S_ISDIR(status.st_mode) ? "is a folder, not a file" : "is not a regular file";
}

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

}  // namespace

FileContent readFile(const std::string& path, std::size_t bytes_max) {
  FileContent content;
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  struct stat status {};
  if (file.number < 0 || ::fstat(file.number, &status) != 0) {
    content.why = reason(errno);
    return content;
  }
  content.mode = status.st_mode & 07777;
  content.why = whyNotRegular(status);
  if (!content.why.empty()) return content;
  // One byte more than allowed is enough to know; the size that stat told may be outdated.
  std::size_t limit = bytes_max + 1;
  while (content.bytes.size() < limit) {
    char buffer[16 * 1024];
    ssize_t count = ::read(file.number, buffer, std::min(sizeof buffer, limit - content.bytes.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      content.why = reason(errno);
      return content;
    }
    if (count == 0) return content;
    content.bytes.append(buffer, static_cast<std::size_t>(count));
  }
  content.bytes.clear();
  content.why = "is larger than " + std::to_string(bytes_max / 1024) + " KiB, the most that is read";
  return content;
}

std::string whyNoFile(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return reason(errno);
  return whyNotRegular(status);
}

}  // namespace kavro::config
