// Where lines end up: a file that is appended to, or standard output.
//
// A file is created with mode 0600. When it does not end with a line feed (the machine went down in the middle of a
// line), one is written first, so that what follows are whole lines.
// Standard output may be a pipe whose reader is slow: it is never written to before it takes something, and then at
// most kStreamBytes at once, whole lines where they fit, so that no call blocks for longer than kStreamPatience and
// others who write to the same pipe find whole lines too.
//
// Threads: one. Errors: opening throws std::runtime_error with a text for the operator; writing returns them.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace kavro::audit {

class LineTarget {
 public:
  static constexpr size_t kStreamBytes = 4096;  // PIPE_BUF: what a pipe that takes anything takes at once
  static constexpr std::chrono::milliseconds kStreamPatience{500};

  static LineTarget file(const std::string& path);
  static LineTarget standardOutput();

  LineTarget(LineTarget&& other) noexcept;
  LineTarget(const LineTarget&) = delete;
  LineTarget& operator=(const LineTarget&) = delete;
  LineTarget& operator=(LineTarget&&) = delete;
  ~LineTarget();

  struct Written {
    size_t bytes = 0;
    int error = 0;  // errno, or 0
  };
  // Some of `lines`, from their beginning. Of a file: all of them in one go, if the system can.
  Written write(std::string_view lines);

  // Takes back the last `bytes` that were written: half a line that cannot be finished. Files only.
  void takeBack(size_t bytes);

  // Forces what was written to the disk; errno, or 0. Standard output: does nothing.
  int sync();

  // "/var/log/kavro/audit.jsonl", "standard output": for messages.
  const std::string& name() const { return name_; }
  // True for a file that others than its owner may read or write.
  bool isOpenToOthers() const;

 private:
  LineTarget(int descriptor, bool is_file, std::string name);

  int descriptor_;
  bool is_file_;
  std::string name_;
};

}  // namespace kavro::audit
