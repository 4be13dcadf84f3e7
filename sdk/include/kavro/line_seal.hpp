// What a LineWriter lets somebody make of its lines before they are written: numbers, hashes, signatures that show later
// whether the file was tampered with. Called on the writing thread only, in the order of the file.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <kavro/line_target.hpp>

namespace kavro {

class LineSeal {
 public:
  using Clock = std::chrono::steady_clock;

  virtual ~LineSeal() = default;

  // `target` will be written from now on, by nobody else. Appends to `out` what has to come first. Throws
  // std::exception when the file cannot be read; it is tried again.
  virtual void opened(const LineTarget& target, std::string& out) = 0;
  // Appends `line` as it is to be written, and maybe lines of its own; both with their line feed.
  virtual void seal(std::string_view line, std::string& out) = 0;
  // The next line goes to another file, or the writer stops: appends what ends this one.
  virtual void closing(std::string& out) = 0;
  // `line` is in the file, and so is all before it.
  virtual void written(std::string_view line) = 0;
  // When lines of its own are due though nothing is to be written; then due() appends them.
  virtual std::optional<Clock::time_point> dueAt() const = 0;
  virtual void due(std::string& out) = 0;
};

}  // namespace kavro
