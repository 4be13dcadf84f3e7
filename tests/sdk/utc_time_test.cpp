#include <kavro/utc_time.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>

namespace kavro {
namespace {

TEST(UtcTime, IsIso8601WithMicroseconds) {
  EXPECT_EQ(UtcTime(1767323045678901).text(), "2026-01-02T03:04:05.678901Z");
  EXPECT_EQ(UtcTime(0).text(), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(UtcTime(1709251199999999).text(), "2024-02-29T23:59:59.999999Z");
  EXPECT_EQ(UtcTime(-1).text(), "1969-12-31T23:59:59.999999Z");
}

// Against the C library, over 10000 years in steps that hit every second of the minute and day of the year.
TEST(UtcTime, SaysWhatTheCLibrarySays) {
  constexpr int64_t kFirst_s = -62167219200, kLast_s = 253402300799;  // 0000-01-01T00:00:00, 9999-12-31T23:59:59
  for (int64_t second = kFirst_s; second <= kLast_s; second += 4 * 86400 + 3607) {
    const std::time_t time = second;
    std::tm parts{};
    ASSERT_NE(gmtime_r(&time, &parts), nullptr);
    const auto fraction_us = static_cast<int>((second - kFirst_s) % 1'000'000);
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                  parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, fraction_us);
    ASSERT_EQ(UtcTime(second * 1'000'000 + fraction_us).text(), text);
  }
  EXPECT_EQ(UtcTime(kFirst_s * 1'000'000).text(), "0000-01-01T00:00:00.000000Z");
  EXPECT_EQ(UtcTime(kLast_s * 1'000'000 + 999'999).text(), "9999-12-31T23:59:59.999999Z");
}

TEST(UtcTime, NowIsTheSystemClock) {
  const auto clock_us = [] {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  const int64_t before = clock_us();
  const int64_t now = utcNowUs();
  EXPECT_LE(before, now);
  EXPECT_LE(now, clock_us());
}

}  // namespace
}  // namespace kavro
