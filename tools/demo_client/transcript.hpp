// What the demo prints: numbered steps, the requests of each with their status, and notes.
// One thread. Text from the server passes printable() first, so that it cannot steer the terminal.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>
#include <string_view>

namespace kavro::demo_client {

class Transcript {
 public:
  // `output` must outlive this.
  explicit Transcript(std::ostream& output) : output_(output) {}

  void step(std::string_view title);
  void exchange(std::string_view method, std::string_view path, int status, std::string_view reason);
  void note(std::string_view text);
  // The last line, apart from the steps.
  void conclude(std::string_view text);

  // Two texts side by side under their titles, each broken to its column and cut to a few lines.
  void compare(std::string_view left_title, std::string_view left, std::string_view right_title,
               std::string_view right);

 private:
  std::ostream& output_;
  int steps_ = 0;
};

// The text with control characters as '?', and cut at 300 bytes.
std::string printable(std::string_view text);

// "3 min 20 s", "1 h", "5 s".
std::string spoken(std::chrono::seconds duration);

}  // namespace kavro::demo_client
