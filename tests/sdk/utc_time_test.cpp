#include <kavro/utc_time.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace kavro {
namespace {

TEST(UtcTime, IsIso8601WithMicroseconds) {
  EXPECT_EQ(UtcTime(1767323045678901).text(), "2026-01-02T03:04:05.678901Z");
  EXPECT_EQ(UtcTime(0).text(), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(UtcTime(1709251199999999).text(), "2024-02-29T23:59:59.999999Z");
  EXPECT_EQ(UtcTime(-1).text(), "1969-12-31T23:59:59.999999Z");
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
