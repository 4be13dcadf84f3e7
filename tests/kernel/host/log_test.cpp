#include "kernel/host/log.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace kavro::host {
namespace {

std::string written(Log::Level level, Log::Level of, std::string_view message) {
  ::testing::internal::CaptureStderr();
  Log(level).write("auth", of, message);
  return ::testing::internal::GetCapturedStderr();
}

TEST(LogTest, ALineHasTimeLevelAndChannel) {
  const std::string line = written(Log::Level::kInformation, Log::Level::kWarning, "all is well");
  EXPECT_TRUE(std::regex_match(
      line, std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning auth: all is well\n)")))
      << line;
}

TEST(LogTest, WhatIsBelowTheLevelIsNotWritten) {
  EXPECT_EQ("", written(Log::Level::kWarning, Log::Level::kInformation, "quiet"));
  EXPECT_NE("", written(Log::Level::kDebug, Log::Level::kDebug, "loud"));
}

TEST(LogTest, OneCallIsOneLine) {
  const std::string line = written(Log::Level::kDebug, Log::Level::kError, "a\nb\r\x1b[31m%s %d");
  EXPECT_NE(std::string::npos, line.find(R"(a\nb\x0d\x1b[31m%s %d)")) << line;
  EXPECT_EQ(1, std::count(line.begin(), line.end(), '\n'));
}

TEST(LogTest, LongMessagesAreCut) {
  EXPECT_LT(written(Log::Level::kDebug, Log::Level::kError, std::string(100'000, 'x')).size(),
            Log::kLineBytesMax + 200);
}

TEST(LogTest, AChannelThatFloodsIsCutAndOthersAreNot) {
  ::testing::internal::CaptureStderr();
  Log log(Log::Level::kInformation);
  for (std::size_t i = 0; i < Log::kLinesPerWindow + 50; ++i) log.error("loud", "again");
  log.error("calm", "once");
  const std::string text = ::testing::internal::GetCapturedStderr();
  std::size_t loud = 0;
  for (std::size_t at = text.find("loud"); at != std::string::npos; at = text.find("loud", at + 1)) ++loud;
  EXPECT_EQ(Log::kLinesPerWindow, loud);
  EXPECT_NE(std::string::npos, text.find("calm: once"));
}

}  // namespace
}  // namespace kavro::host
