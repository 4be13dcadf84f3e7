#include "line_target.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace kavro::audit {
namespace {

constexpr mode_t kMode = 0600;
constexpr int kNone = -1;

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace

LineTarget::LineTarget(int descriptor, bool is_file, std::string name)
    : descriptor_(descriptor), is_file_(is_file), name_(std::move(name)) {}

LineTarget::LineTarget(LineTarget&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, kNone)), is_file_(other.is_file_), name_(std::move(other.name_)) {}

LineTarget::~LineTarget() {
  if (is_file_ && descriptor_ != kNone) close(descriptor_);
}

LineTarget LineTarget::standardOutput() { return LineTarget(STDOUT_FILENO, false, "standard output"); }

LineTarget LineTarget::file(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, kMode);
  if (descriptor < 0) {
    const int error = errno;
    const std::string folder = path.substr(0, path.rfind('/') + 1);
    const std::string cure = error == ENOENT   ? "; create the folder " + folder + ", or set another path"
                             : error == EACCES ? "; let the server's user write there, or set another path"
                                               : std::string();
    throw std::runtime_error("path: " + path + " cannot be opened: " + reason(error) + cure);
  }
  LineTarget target(descriptor, true, path);
  struct stat about {};
  if (fstat(descriptor, &about) != 0 || !S_ISREG(about.st_mode)) {
    throw std::runtime_error("path: " + path + " is no regular file; name one, or set target = stdout");
  }
  char last = '\n';
  if (about.st_size > 0 && pread(descriptor, &last, 1, about.st_size - 1) == 1 && last != '\n') {
    if (const Written written = target.write("\n"); written.bytes != 1) {
      throw std::runtime_error("path: " + path + " cannot be written: " + reason(written.error));
    }
  }
  return target;
}

bool LineTarget::isOpenToOthers() const {
  struct stat about {};
  return is_file_ && fstat(descriptor_, &about) == 0 && (about.st_mode & 077) != 0;
}

LineTarget::Written LineTarget::write(std::string_view lines) {
  if (!is_file_) {
    pollfd entry{descriptor_, POLLOUT, 0};
    const int ready = poll(&entry, 1, static_cast<int>(kStreamPatience.count()));
    if (ready == 0) return {0, EAGAIN};
    if (ready < 0) return {0, errno == EINTR ? 0 : errno};
    if (lines.size() > kStreamBytes) {
      const size_t end = lines.rfind('\n', kStreamBytes - 1);
      lines = lines.substr(0, end == std::string_view::npos ? kStreamBytes : end + 1);
    }
  }
  const ssize_t size = ::write(descriptor_, lines.data(), lines.size());
  if (size < 0) return {0, errno == EINTR ? 0 : errno};
  return {static_cast<size_t>(size), 0};
}

void LineTarget::takeBack(size_t bytes) {
  struct stat about {};
  if (!is_file_ || fstat(descriptor_, &about) != 0 || about.st_size < static_cast<off_t>(bytes)) return;
  // Failing leaves half a line; the next start puts a line feed after it.
  [[maybe_unused]] const int result = ftruncate(descriptor_, about.st_size - static_cast<off_t>(bytes));
}

int LineTarget::sync() {
  if (!is_file_) return 0;
  return fdatasync(descriptor_) == 0 ? 0 : errno;
}

}  // namespace kavro::audit
