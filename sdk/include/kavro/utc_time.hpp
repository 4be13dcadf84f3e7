// A moment as text, ISO 8601 (RFC 3339): "2026-01-02T03:04:05.678901Z". Years 0 to 9999; nothing is allocated.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
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
    const auto year = static_cast<uint32_t>(static_cast<int>(date.year()));
    const auto of_day_us = static_cast<uint64_t>((time - day).count());
    const auto second = static_cast<uint32_t>(of_day_us / 1'000'000);
    const auto fraction_us = static_cast<uint32_t>(of_day_us % 1'000'000);
    put(0, year / 100), put(2, year % 100);
    put(5, static_cast<unsigned>(date.month())), put(8, static_cast<unsigned>(date.day()));
    put(11, second / 3600), put(14, second / 60 % 60), put(17, second % 60);
    put(20, fraction_us / 10'000), put(22, fraction_us / 100 % 100), put(24, fraction_us % 100);
  }

  std::string_view text() const { return {text_.data(), text_.size()}; }

 private:
  // Two decimal digits.
  void put(size_t at, uint32_t number) {
    text_[at] = static_cast<char>('0' + number / 10);
    text_[at + 1] = static_cast<char>('0' + number % 10);
  }

  std::array<char, 27> text_{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0', '0', ':',
                             '0', '0', ':', '0', '0', '.', '0', '0', '0', '0', '0', '0', 'Z'};
};

// Now, in microseconds since 1970 UTC.
inline int64_t utcNowUs() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace kavro
