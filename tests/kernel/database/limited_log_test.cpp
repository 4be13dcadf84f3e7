#include "kernel/database/limited_log.hpp"

#include <kavro/abi/log.h>

#include "tests/kernel/database/database_fixture.hpp"

namespace kavro::database {
namespace {

TEST(LimitedLog, KeepsToItsLimitAndCountsWhatItLeftOut) {
  testing::LogLines lines;
  LimitedLog log(lines.log());
  const auto start = LimitedLog::Clock::now();
  for (std::size_t i = 0; i < LimitedLog::kLinesPerWindow + 7; ++i) log.writeAt(start, KAVRO_LOG_ERROR, "broken");
  EXPECT_EQ(lines.count("broken"), LimitedLog::kLinesPerWindow);

  log.writeAt(start + LimitedLog::kWindow, KAVRO_LOG_ERROR, "again");
  EXPECT_EQ(lines.count("7 further database messages left out"), 1u);
  EXPECT_EQ(lines.count("again"), 1u);
}

TEST(LimitedLog, WhatHappensOnceIsNotCounted) {
  testing::LogLines lines;
  LimitedLog log(lines.log());
  for (std::size_t i = 0; i < LimitedLog::kLinesPerWindow * 2; ++i) log.writeAlways(KAVRO_LOG_ERROR, "once");
  EXPECT_EQ(lines.count("once"), LimitedLog::kLinesPerWindow * 2);
}

TEST(LimitedLog, AnEmptyLogSwallows) {
  LimitedLog log{Log()};
  log.write(KAVRO_LOG_ERROR, "nobody listens");
}

}  // namespace
}  // namespace kavro::database
