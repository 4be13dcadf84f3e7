// Where lines end up: a file that is appended to, or standard output.
//
// A file is created with mode 0600. When it does not end with a line feed (the machine went down in the middle of a
// line), one is written first, so that what follows are whole lines. A file that was renamed or removed since, as
// logrotate does it, is noticed by movedAway() and left for a new one at the same path by reopen().
// Standard output may be a pipe whose reader is slow: it is never written to before it takes something, and then at
// most kStreamBytes at once, whole lines where they fit, so that no call blocks for longer than kStreamPatience and
// others who write to the same pipe find whole lines too.
//
// Threads: one. Errors: opening throws std::runtime_error with a text for the operator, which begins with "path: ";
// that is the setting to name it after. Writing returns them.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace kavro {

class LineTarget {
 public:
  static constexpr size_t kStreamBytes = 4096;  // PIPE_BUF: what a pipe that takes anything takes at once
  static constexpr std::chrono::milliseconds kStreamPatience{500};
  static constexpr std::chrono::milliseconds kOpenLinePatience{10};  // in which a write goes on

  static LineTarget file(const std::string& path) {
    LineTarget target(openFile(path), true, path);
    target.requireRegular();
    target.endOpenLine();
    return target;
  }
  static LineTarget standardOutput() { return LineTarget(STDOUT_FILENO, false, "standard output"); }

  LineTarget(LineTarget&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, kNone)), is_file_(other.is_file_), name_(std::move(other.name_)) {}
  LineTarget(const LineTarget&) = delete;
  LineTarget& operator=(const LineTarget&) = delete;
  LineTarget& operator=(LineTarget&&) = delete;
  ~LineTarget() {
    if (is_file_ && descriptor_ != kNone) ::close(descriptor_);
  }

  struct Written {
    size_t bytes = 0;
    int error = 0;  // errno, or 0
  };
  // Some of `lines`, from their beginning. Of a file: all of them in one go, if the system can.
  Written write(std::string_view lines) {
    if (!is_file_) {
      pollfd entry{descriptor_, POLLOUT, 0};
      const int ready = ::poll(&entry, 1, static_cast<int>(kStreamPatience.count()));
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

  // Takes back the last `bytes` that were written: half a line that cannot be finished. Files only.
  void takeBack(size_t bytes) {
    struct stat about {};
    if (!is_file_ || ::fstat(descriptor_, &about) != 0 || about.st_size < static_cast<off_t>(bytes)) return;
    // Failing leaves half a line; the next start puts a line feed after it.
    [[maybe_unused]] const int result = ::ftruncate(descriptor_, about.st_size - static_cast<off_t>(bytes));
  }

  // Forces what was written to the disk; errno, or 0. Standard output: does nothing.
  int sync() {
    if (!is_file_) return 0;
    return ::fdatasync(descriptor_) == 0 ? 0 : errno;
  }

  // Keeps others who ask for it from writing as well, until this object goes; false when one of them was first. Two
  // objects on the same file are two, also in one process.
  bool tryLock() { return !is_file_ || ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0; }

  // For reading what is there already. Ours; -1 when there is none.
  int descriptor() const { return descriptor_; }

  // True when the path names another file by now, or none.
  bool movedAway() const {
    if (!is_file_) return false;
    struct stat open {
    }, named{};
    if (::fstat(descriptor_, &open) != 0) return false;
    if (::stat(name_.c_str(), &named) != 0) return errno == ENOENT;
    return open.st_dev != named.st_dev || open.st_ino != named.st_ino;
  }
  // True when the open file has no path at all any more: what is written to it is gone when it is closed.
  bool isRemoved() const {
    struct stat open {};
    return is_file_ && ::fstat(descriptor_, &open) == 0 && open.st_nlink == 0;
  }
  // Opens the path anew. Throws as file() does, and then goes on with the file that it has.
  void reopen() {
    LineTarget fresh = file(name_);
    std::swap(descriptor_, fresh.descriptor_);
  }

  // "/var/log/kavro/audit.jsonl", "standard output": for messages.
  const std::string& name() const { return name_; }
  // True for a file that others than its owner may read or write.
  bool isOpenToOthers() const {
    struct stat about {};
    return is_file_ && ::fstat(descriptor_, &about) == 0 && (about.st_mode & 077) != 0;
  }

 private:
  static constexpr mode_t kMode = 0600;
  static constexpr int kNone = -1;

  LineTarget(int descriptor, bool is_file, std::string name)
      : descriptor_(descriptor), is_file_(is_file), name_(std::move(name)) {}

  static std::string reason(int error) { return std::generic_category().message(error); }

  static int openFile(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, kMode);
    if (descriptor >= 0) return descriptor;
    const int error = errno;
    const std::string folder = path.substr(0, path.rfind('/') + 1);
    const std::string cure = error == ENOENT   ? "; create the folder " + folder + ", or set another path"
                             : error == EACCES ? "; let the server's user write there, or set another path"
                                               : std::string();
    throw std::runtime_error("path: " + path + " cannot be opened: " + reason(error) + cure);
  }

  void requireRegular() const {
    struct stat about {};
    if (::fstat(descriptor_, &about) == 0 && S_ISREG(about.st_mode)) return;
    throw std::runtime_error("path: " + name_ + " is no regular file; name one, or set target = stdout");
  }

  // The size of a file that ends within a line, or 0.
  off_t openLineAt() const {
    struct stat about {};
    char last = '\n';
    if (::fstat(descriptor_, &about) != 0 || about.st_size == 0) return 0;
    return ::pread(descriptor_, &last, 1, about.st_size - 1) == 1 && last != '\n' ? about.st_size : 0;
  }

  void endOpenLine() {
    // Who writes the file so far, as before a reload, may be in the middle of a write: its size grows page by page.
    off_t size = openLineAt();
    for (off_t before = 0; size != before; size = openLineAt()) {
      before = size;
      std::this_thread::sleep_for(kOpenLinePatience);
    }
    if (size == 0) return;
    if (const Written written = write("\n"); written.bytes != 1) {
      throw std::runtime_error("path: " + name_ + " cannot be written: " + reason(written.error));
    }
  }

  int descriptor_;
  bool is_file_;
  std::string name_;
};

}  // namespace kavro
