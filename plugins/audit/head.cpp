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
  // Without the zeros it is a sealed line.
  std::string_view digits = text.substr(kSeq.size(), kSeqDigits);
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  std::string line = "{\"\":0,\"seq\":" + std::string(digits);
  line.append(text.substr(kSeq.size() + kSeqDigits));
  line.pop_back();
  const auto sealed = SealedLine::read(line);
  if (!sealed) return std::nullopt;
  return Head{{sealed->seq, sealed->hash}, sealed->signature};
}

HeadFile::HeadFile(const std::string& path)
    : descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW, 0600)) {
  struct stat about {};
  if (descriptor_ >= 0 && ::fstat(descriptor_, &about) == 0 && S_ISREG(about.st_mode)) return;
  const std::string reason = descriptor_ < 0 ? std::generic_category().message(errno) : "it is no regular file";
  if (descriptor_ >= 0) ::close(descriptor_);
  throw std::runtime_error(path + " cannot be opened: " + reason +
                           "; it says which line of the log is the last, and belongs beside it");
}

HeadFile::~HeadFile() { ::close(descriptor_); }

int HeadFile::write(const Head& head) {
  const std::string text = head.text();
  ssize_t written;
  do written = ::pwrite(descriptor_, text.data(), text.size(), 0);
  while (written < 0 && errno == EINTR);
  if (written < 0) return errno;
  if (static_cast<std::size_t>(written) != text.size()) return EIO;
  return ::ftruncate(descriptor_, static_cast<off_t>(text.size())) == 0 ? 0 : errno;
}

}  // namespace kavro::audit
