// A log that is read where it ends. Threads: one. Errors: std::runtime_error when it cannot be read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hash.hpp"

namespace kavro::audit {

class LogFile {
 public:
  // The descriptor is the caller's. `name` is for messages.
  LogFile(int descriptor, std::string name);

  std::uint64_t size() const { return size_; }  // when the object was made
  std::string read(std::uint64_t at, std::size_t bytes) const;
  Hash hashFrom(std::uint64_t at) const;  // to its end

 private:
  const int descriptor_;
  const std::string name_;
  std::uint64_t size_ = 0;
};

// Its lines, the last one first. Needs no more memory than the longest line that was written.
class LinesFromTheEnd {
 public:
  // `file` outlives this.
  explicit LinesFromTheEnd(const LogFile& file) : file_(file), at_(file.size()) {}

  // To the line before. False: there is none.
  bool next();
  // Without line feed; empty when it is longer than any that was written. Until next().
  std::string_view line() const;
  bool isTooLong() const { return too_long_; }
  bool hasLineFeed() const { return ended_; }
  std::uint64_t end() const { return end_; }  // in the file, behind its line feed

 private:
  const LogFile& file_;
  std::string rest_;           // of the file, from at_ to end_
  std::uint64_t at_;
  std::uint64_t end_ = 0;
  std::size_t begin_ = 0;      // of the line, in rest_
  bool too_long_ = false, ended_ = false;
};

}  // namespace kavro::audit
