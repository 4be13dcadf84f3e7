// A moment as text, ISO 8601 (RFC 3339): "2026-01-02T03:04:05.678901Z". Years 0 to 9999; nothing is allocated.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace kavro {

class UtcTime {
 public:
  // Microseconds since 1970 UTC, as everywhere in the boundary.
  explicit UtcTime(int64_t time_us) {
    using namespace std::chrono;
    const sys_time<microseconds> time{microseconds(time_us)};
    const sys_days day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(time - day);
    char* out = text_.data();
    out = put(out, static_cast<int>(date.year()), 4, '-');
    out = put(out, static_cast<unsigned>(date.month()), 2, '-');
    out = put(out, static_cast<unsigned>(date.day()), 2, 'T');
    out = put(out, clock.hours().count(), 2, ':');
    out = put(out, clock.minutes().count(), 2, ':');
    out = put(out, clock.seconds().count(), 2, '.');
    put(out, clock.subseconds().count(), 6, 'Z');
  }

  std::string_view text() const { return {text_.data(), text_.size()}; }

 private:
  // `digits` decimal digits of `number`, zero-padded, and one character after them.
  static char* put(char* out, int64_t number, int digits, char after) {
    for (int i = digits - 1; i >= 0; --i, number /= 10) out[i] = static_cast<char>('0' + number % 10);
    out[digits] = after;
    return out + digits + 1;
  }

  std::array<char, 27> text_;
};

// Now, in microseconds since 1970 UTC.
inline int64_t utcNowUs() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace kavro
