#include "seal.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include <kavro/line_writer.hpp>

#include "line.hpp"

namespace kavro::audit {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;

std::string readAt(int descriptor, std::uint64_t at, std::size_t size, const std::string& name) {
  std::string chunk(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t read =
        ::pread(descriptor, chunk.data() + filled, size - filled, static_cast<off_t>(at + filled));
    if (read < 0 && errno == EINTR) continue;
    if (read <= 0) {
      throw std::runtime_error(name + " cannot be read: " +
                               (read < 0 ? std::generic_category().message(errno) : "it became shorter"));
    }
    filled += static_cast<std::size_t>(read);
  }
  return chunk;
}

std::uint64_t sizeOf(int descriptor, const std::string& name) {
  struct stat about {};
  if (::fstat(descriptor, &about) != 0) {
    throw std::runtime_error(name + " cannot be looked at: " + std::generic_category().message(errno));
  }
  return static_cast<std::uint64_t>(about.st_size);
}

}  // namespace

// Backwards, line by line, until one is sealed; usually that is the last.
Seal::Tail Seal::readTail(int descriptor, const std::string& name) {
  Tail tail;
  const std::uint64_t size = sizeOf(descriptor, name);
  std::string rest;             // from `at` on, without what is known not to be sealed
  std::uint64_t at = size;      // where `rest` begins
  std::uint64_t sealed_end = 0;  // behind the last sealed line
  while (!tail.last) {
    const std::size_t feed = rest.size() < 2 ? std::string::npos : rest.rfind('\n', rest.size() - 2);
    if (feed == std::string::npos && at > 0) {
      const auto chunk = static_cast<std::size_t>(std::min<std::uint64_t>(at, std::max(kChunkBytes, rest.size())));
      at -= chunk;
      rest.insert(0, readAt(descriptor, at, chunk, name));
      continue;
    }
    const std::size_t begin = feed == std::string::npos ? 0 : feed + 1;
    if (rest.ends_with('\n')) {
      const auto line = SealedLine::read(std::string_view(rest).substr(begin, rest.size() - begin - 1));
      if (line) {
        tail.last = Position{line->seq, line->hash};
        sealed_end = at + rest.size();
      }
    }
    if (begin == 0) break;
    rest.resize(begin);
  }
  tail.unsealed_bytes = size - sealed_end;
  Hasher hasher;
  for (std::uint64_t from = sealed_end; from < size;) {
    const auto chunk = static_cast<std::size_t>(std::min<std::uint64_t>(size - from, kChunkBytes));
    hasher.add(readAt(descriptor, from, chunk, name));
    from += chunk;
  }
  tail.unsealed_hash = hasher.finish();
  return tail;
}

void Seal::opened(const LineTarget& target, std::string& out) {
  Tail tail = readTail(target.descriptor(), target.name());
  head_.reset();
  head_.emplace(headPathOf(options_.path));
  if (tail.last) {
    position_ = *tail.last;
  } else if (continues_) {
    tail.last = position_;  // a new file after the one before
  } else {
    position_ = {};
  }
  appendOwn("audit_begin", tail, false, out);
}

void Seal::seal(std::string_view line, std::string& out) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  appendSealed(line, position_, out);
  endSealed(std::nullopt, out);
  if (options_.key && !sign_at_) sign_at_ = Clock::now() + options_.sign_interval;
}

void Seal::closing(std::string& out) { appendOwn("audit_end", std::nullopt, true, out); }

void Seal::due(std::string& out) { appendOwn("audit_signature", std::nullopt, true, out); }

void Seal::written(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  const auto sealed = SealedLine::read(line);
  if (!sealed) return;
  // What was sealed and could not be written is no part of the chain.
  position_ = {sealed->seq, sealed->hash};
  continues_ = true;
  Head head{position_, std::nullopt};
  if (options_.key) head.signature = options_.key->sign(position_.hash);
  const int error = head_ ? head_->write(head) : 0;
  if (error != 0) reportHead(error);
}

// The next lines write it anew, so once in a while is enough.
void Seal::reportHead(int error) {
  const auto now = Clock::now();
  if (reported_at_ && now - *reported_at_ < LineWriter::kReportInterval) return;
  reported_at_ = now;
  report_(headPathOf(options_.path) + " cannot be written: " + std::generic_category().message(error) +
          "; until it can, lines that somebody cuts off at the end of the log are not missed");
}

void Seal::appendOwn(std::string_view event, const std::optional<Tail>& tail, bool sign, std::string& out) {
  std::vector<std::pair<std::string, std::string>> fields;
  if (tail && tail->last) {
    fields.emplace_back("previous_seq", std::to_string(tail->last->seq));
    fields.emplace_back("previous_hash", hexOf(tail->last->hash));
  }
  if (tail && tail->unsealed_bytes > 0) {
    fields.emplace_back("unsealed_bytes", std::to_string(tail->unsealed_bytes));
    fields.emplace_back("unsealed_hash", hexOf(tail->unsealed_hash));
  }
  if (options_.key) fields.emplace_back("public_key", hexOf(options_.key->publicKey()));
  std::string line = ownLine(event, fields);
  line.pop_back();
  appendSealed(line, position_, out);
  endSealed(sign && options_.key ? std::optional(options_.key->sign(position_.hash)) : std::nullopt, out);
  sign_at_.reset();
}

}  // namespace kavro::audit
