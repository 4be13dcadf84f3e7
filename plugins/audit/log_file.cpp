#include "log_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "sealed_line.hpp"

namespace kavro::audit {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;

[[noreturn]] void fail(const std::string& name, const std::string& why) {
  throw std::runtime_error(name + " cannot be read: " + why);
}

}  // namespace

LogFile::LogFile(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {
  struct stat about {};
  if (::fstat(descriptor_, &about) != 0) fail(name_, std::generic_category().message(errno));
  size_ = static_cast<std::uint64_t>(about.st_size);
}

std::string LogFile::read(std::uint64_t at, std::size_t bytes) const {
  std::string chunk(bytes, '\0');
  for (std::size_t filled = 0; filled < bytes;) {
    const ssize_t read = ::pread(descriptor_, chunk.data() + filled, bytes - filled, static_cast<off_t>(at + filled));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) fail(name_, std::generic_category().message(errno));
    if (read == 0) fail(name_, "it became shorter");
    filled += static_cast<std::size_t>(read);
  }
  return chunk;
}

Hash LogFile::hashFrom(std::uint64_t at) const {
  Hasher hasher;
  while (at < size_) {
    const auto chunk = static_cast<std::size_t>(std::min<std::uint64_t>(size_ - at, kChunkBytes));
    hasher.add(read(at, chunk));
    at += chunk;
  }
  return hasher.finish();
}

bool LinesFromTheEnd::next() {
  rest_.resize(begin_);
  end_ = at_ + rest_.size();
  if (end_ == 0) return false;
  too_long_ = false;
  for (std::size_t feed = std::string::npos;;) {
    const std::size_t size = rest_.size() - (too_long_ || rest_.empty() ? 0 : 1);  // its own line feed does not count
    if (size > 0) feed = rest_.rfind('\n', size - 1);
    if (feed != std::string::npos || at_ == 0) {
      begin_ = feed + 1;  // npos + 1 is 0
      break;
    }
    if (rest_.size() > kLineBytesMax) {
      rest_.clear();
      too_long_ = true;
    }
    const auto chunk = static_cast<std::size_t>(std::min<std::uint64_t>(at_, kChunkBytes));
    at_ -= chunk;
    rest_.insert(0, file_.read(at_, chunk));
  }
  ended_ = !too_long_ && rest_.ends_with('\n');
  return true;
}

std::string_view LinesFromTheEnd::line() const {
  if (too_long_) return {};
  const std::size_t size = rest_.size() - begin_ - (ended_ ? 1 : 0);
  return std::string_view(rest_).substr(begin_, size);
}

}  // namespace kavro::audit
