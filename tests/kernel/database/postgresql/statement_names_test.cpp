#include "kernel/database/postgresql/statement_names.hpp"

#include <gtest/gtest.h>

namespace kavro::database::postgresql {
namespace {

TEST(StatementNames, TheSameTextAndTypesAreTheSameStatement) {
  StatementNames names;
  const auto first = names.find(1, "SELECT $1", {20});
  EXPECT_FALSE(first.prepared);
  EXPECT_TRUE(names.find(1, "SELECT $1", {20}).prepared);
  EXPECT_EQ(names.find(1, "SELECT $1", {20}).name, first.name);
  EXPECT_FALSE(names.find(1, "SELECT $1", {25}).prepared);
  EXPECT_FALSE(names.find(1, "SELECT $1", {}).prepared);
  EXPECT_EQ(names.size(), 3u);
}

TEST(StatementNames, AnotherConnectionKnowsNone) {
  StatementNames names;
  names.find(1, "SELECT 1", {});
  EXPECT_FALSE(names.find(2, "SELECT 1", {}).prepared);
  EXPECT_EQ(names.size(), 1u);
}

TEST(StatementNames, WhatCouldNotBePreparedIsForgotten) {
  StatementNames names;
  names.find(1, "SELEC 1", {20});
  names.forget("SELEC 1", {20});
  EXPECT_FALSE(names.find(1, "SELEC 1", {20}).prepared);
}

TEST(StatementNames, TheOneUsedLongestAgoIsGivenUp) {
  StatementNames names;
  const std::string oldest = names.find(1, "0", {}).name;
  const std::string second = names.find(1, "1", {}).name;
  for (std::size_t i = 2; i < StatementNames::kStatementsMax; ++i) names.find(1, std::to_string(i), {});
  names.find(1, "0", {});
  EXPECT_EQ(names.find(1, "one more", {}).given_up, second);
  EXPECT_EQ(names.size(), StatementNames::kStatementsMax);
  EXPECT_EQ(names.find(1, "0", {}).name, oldest);
}

}  // namespace
}  // namespace kavro::database::postgresql
