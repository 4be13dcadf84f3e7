#include "private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "failure.hpp"

namespace kavro::demo_client {

namespace {

Failure failure(const std::filesystem::path& file, const std::string& what) {
  return Failure(file.string() + ": " + what);
}

Failure systemFailure(const std::filesystem::path& file, const std::string& what) {
  return failure(file, what + ": " + std::generic_category().message(errno));
}

// Closes the descriptor on every way out.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

// A complete file beside the wanted one, removed again unless it was renamed.
class Draft {
 public:
  Draft(const std::filesystem::path& file, std::string_view content) : name_(file.string() + ".XXXXXX") {
    const Descriptor draft(::mkostemp(name_.data(), O_CLOEXEC));  // mode 0600
    if (draft.number() < 0) throw systemFailure(file, "cannot be created");
    const std::string line = std::string(content) + '\n';
    if (::write(draft.number(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
        ::fsync(draft.number()) != 0) {
      const int reason = errno;
      ::unlink(name_.c_str());
      errno = reason;
      throw systemFailure(file, "cannot be written");
    }
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() { ::unlink(name_.c_str()); }
  const char* name() const { return name_.c_str(); }

 private:
  std::string name_;
};

}  // namespace

std::optional<std::string> readPrivateFile(const std::filesystem::path& file) {
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (opened.number() < 0) {
    if (errno == ENOENT) return std::nullopt;
    if (errno == ELOOP) throw failure(file, "is a symbolic link; a file of its own is expected");
    throw systemFailure(file, "cannot be opened");
  }
  struct stat status {};
  if (::fstat(opened.number(), &status) != 0) throw systemFailure(file, "cannot be looked at");
  if (!S_ISREG(status.st_mode)) throw failure(file, "is not a file");
  if ((status.st_mode & 077) != 0) throw failure(file, "may be read by others; run: chmod 600 " + file.string());

  std::string content(kPrivateFileBytesMax + 1, '\0');
  const ssize_t length = ::read(opened.number(), content.data(), content.size());
  if (length < 0) throw systemFailure(file, "cannot be read");
  if (static_cast<std::size_t>(length) > kPrivateFileBytesMax) throw failure(file, "is larger than 64 KiB");
  content.resize(static_cast<std::size_t>(length));
  if (content.ends_with('\n')) content.pop_back();
  return content;
}

bool createPrivateFile(const std::filesystem::path& file, std::string_view content) {
  const Draft draft(file, content);
  if (::link(draft.name(), file.c_str()) == 0) return true;  // unlike rename, fails where a file is
  if (errno == EEXIST) return false;
  throw systemFailure(file, "cannot be created");
}

void replacePrivateFile(const std::filesystem::path& file, std::string_view content) {
  const Draft draft(file, content);
  if (::rename(draft.name(), file.c_str()) != 0) throw systemFailure(file, "cannot be replaced");
}

}  // namespace kavro::demo_client
