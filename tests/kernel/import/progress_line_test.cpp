#include "kernel/import/progress_line.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace kavro::import {
namespace {

TEST(ProgressLine, IsSilentUntilItsInterval) {
  std::ostringstream out;
  ProgressLine line(out, ProgressLine::Kind::kLines);
  line.show("notes", 1, 10);
  line.clear();
  EXPECT_EQ("", out.str());
}

TEST(ProgressLine, OnATerminalItWritesOverItself) {
  std::ostringstream out;
  ProgressLine line(out, ProgressLine::Kind::kTerminal);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (out.str().empty() && std::chrono::steady_clock::now() < deadline) line.show("notes", 5, 10);
  EXPECT_TRUE(out.str().starts_with("\r\033[Knotes: 5 of 10 rows (50 %), ")) << out.str();
  EXPECT_EQ(std::string::npos, out.str().find('\n'));
  line.clear();
  EXPECT_TRUE(out.str().ends_with("\r\033[K"));
}

}  // namespace
}  // namespace kavro::import
