#include "head.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <system_error>

namespace kavro::audit {
namespace {

constexpr std::string_view kSeq = "{\"seq\":";
constexpr std::size_t kSeqDigits = 20;
constexpr std::size_t kBytesMax = 512;  // more than a head has

// -1: there is none.
int openRecord(const std::string& path, int how) {
  const int descriptor = ::open(path.c_str(), how | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
  if (descriptor < 0 && errno == ENOENT) return descriptor;
  struct stat about {};
  if (descriptor >= 0 && ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode)) return descriptor;
  const std::string reason = descriptor < 0 ? std::generic_category().message(errno) : "it is no regular file";
  if (descriptor >= 0) ::close(descriptor);
  throw std::runtime_error(path + " cannot be opened: " + reason +
                           "; it says which line of the log is the last, and belongs beside it");
}

// errno, or 0.
int writeAll(int descriptor, const std::string& text) {
  ssize_t written;
  do written = ::pwrite(descriptor, text.data(), text.size(), 0);
  while (written < 0 && errno == EINTR);
  if (written < 0) return errno;
  return static_cast<std::size_t>(written) == text.size() ? 0 : EIO;
}

}  // namespace

std::string headPathOf(const std::string& log) { return log + ".head"; }

std::string Head::text() const {
  const std::string digits = std::to_string(position.seq);
  std::string text(kSeq);
  text.append(kSeqDigits - digits.size(), '0').append(digits);
  text.append(",\"hash\":\"").append(hexOf(position.hash)) += '"';
  endSealed(signature, text);
  return text;
}

std::optional<Head> Head::read(std::string_view text) {
  if (!text.starts_with(kSeq) || !text.ends_with('\n') || text.size() < kSeq.size() + kSeqDigits) return std::nullopt;
  // Without the zeros it is a sealed line, but for the head of a log that has no line yet.
  std::string_view digits = text.substr(kSeq.size(), kSeqDigits);
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  std::string line = "{\"\":0,\"seq\":" + std::string(digits.empty() ? "1" : digits);
  line.append(text.substr(kSeq.size() + kSeqDigits));
  line.pop_back();
  const auto sealed = SealedLine::read(line);
  if (!sealed) return std::nullopt;
  return Head{{digits.empty() ? 0 : sealed->seq, sealed->hash}, sealed->signature};
}

FoundHead findHead(const std::string& path) {
  const int descriptor = openRecord(path, O_RDONLY);
  if (descriptor < 0) return {};
  char text[kBytesMax];
  ssize_t size;
  do size = ::pread(descriptor, text, sizeof text, 0);
  while (size < 0 && errno == EINTR);
  const int error = errno;
  ::close(descriptor);
  if (size < 0) throw std::runtime_error(path + " cannot be read: " + std::generic_category().message(error));
  return {size == 0, Head::read({text, static_cast<std::size_t>(size)})};
}

HeadFile::HeadFile(std::string path) : path_(std::move(path)), descriptor_(openRecord(path_, O_WRONLY)) {}

HeadFile::~HeadFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int HeadFile::write(const Head& head) {
  const std::string text = head.text();
  if (isInPlace(text.size())) return writeInPlace(text);
  const int error = replace(text);
  // Where no file can be made in the folder, the one that is there has to do.
  return error == 0 || descriptor_ < 0 ? error : writeInPlace(text);
}

bool HeadFile::isInPlace(std::size_t bytes) const {
  struct stat open {}, named {};
  return descriptor_ >= 0 && ::fstat(descriptor_, &open) == 0 && ::lstat(path_.c_str(), &named) == 0 &&
         open.st_ino == named.st_ino && open.st_dev == named.st_dev && open.st_size == static_cast<off_t>(bytes);
}

int HeadFile::writeInPlace(const std::string& text) const {
  if (const int error = writeAll(descriptor_, text)) return error;
  return ::ftruncate(descriptor_, static_cast<off_t>(text.size())) == 0 ? 0 : errno;
}

int HeadFile::replace(const std::string& text) {
  const std::string fresh = path_ + ".new";
  ::unlink(fresh.c_str());
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return errno;
  int error = writeAll(descriptor, text);
  if (error == 0 && ::fdatasync(descriptor) != 0) error = errno;
  if (error == 0 && ::rename(fresh.c_str(), path_.c_str()) != 0) error = errno;
  if (error != 0) {
    ::close(descriptor);
    ::unlink(fresh.c_str());
    return error;
  }
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = descriptor;
  return 0;
}

}  // namespace kavro::audit
