#include "utc_time.hpp"

#include <chrono>

namespace kavro::messaging {
namespace {

// `digits` decimal digits of `number`, zero-padded, and one character after them.
char* put(char* out, int64_t number, int digits, char after) {
  for (int i = digits - 1; i >= 0; --i, number /= 10) out[i] = static_cast<char>('0' + number % 10);
  out[digits] = after;
  return out + digits + 1;
}

}  // namespace

UtcTime::UtcTime(int64_t time_us) {
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

int64_t utcNowUs() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace kavro::messaging
