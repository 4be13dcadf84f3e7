// A moment as text, ISO 8601 (RFC 3339): "2026-01-02T03:04:05.678901Z". Years 0 to 9999; nothing is allocated.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace kavro::messaging {

class UtcTime {
 public:
  explicit UtcTime(int64_t time_us);  // microseconds since 1970 UTC

  std::string_view text() const { return {text_.data(), text_.size()}; }

 private:
  std::array<char, 27> text_;
};

// Now, in microseconds since 1970 UTC.
int64_t utcNowUs();

}  // namespace kavro::messaging
