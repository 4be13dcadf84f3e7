#include "kernel/database/sqlite/statement_cache.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kavro::database::sqlite {
namespace {

class StatementCacheTest : public ::testing::Test {
 protected:
  StatementCacheTest() { sqlite3_open(":memory:", &connection_); }
  ~StatementCacheTest() override {
    cache_.reset();
    sqlite3_close(connection_);
  }

  Statement* add(std::string_view sql) {
    std::unique_ptr<Statement> statement = Statement::prepare(connection_, sql).statement;
    return cache_->insert(statement);
  }

  sqlite3* connection_ = nullptr;
  std::unique_ptr<StatementCache> cache_ = std::make_unique<StatementCache>();
};

TEST_F(StatementCacheTest, FindsByAddressAndByContent) {
  const std::string here = "SELECT 1";
  const std::string there = "SELECT 1";
  EXPECT_EQ(cache_->find(here), nullptr);
  Statement* statement = add(here);
  ASSERT_NE(statement, nullptr);
  EXPECT_EQ(cache_->find(here), statement);
  EXPECT_EQ(cache_->find(here), statement);
  EXPECT_EQ(cache_->find(there), statement);
  EXPECT_EQ(cache_->size(), 1u);
}

TEST_F(StatementCacheTest, ATextThatTookThePlaceOfAnotherIsNotMistakenForIt) {
  std::string text = "SELECT 1";
  Statement* first = add(text);
  EXPECT_EQ(cache_->find(text), first);
  EXPECT_EQ(cache_->find(text), first);  // by address from here on
  text.replace(0, text.size(), "SELECT 2");
  EXPECT_EQ(cache_->find(text), nullptr);
  EXPECT_EQ(add(text)->sql(), "SELECT 2");
  EXPECT_EQ(cache_->find(std::string_view(text).substr(0, 7)), nullptr);
}

TEST_F(StatementCacheTest, WhatIsInUseIsNotHandedOut) {
  Statement* statement = add("SELECT 1");
  {
    const Statement::Execution execution(*statement);
    EXPECT_EQ(cache_->find("SELECT 1"), nullptr);
    EXPECT_EQ(add("SELECT 1"), nullptr);  // a second copy stays the caller's
  }
  EXPECT_EQ(cache_->find("SELECT 1"), statement);
}

TEST_F(StatementCacheTest, TheOneUsedLongestAgoGoes) {
  const std::string first = "SELECT 0";
  add(first);
  for (std::size_t i = 1; i < StatementCache::kStatementsMax; ++i) add("SELECT " + std::to_string(i));
  EXPECT_NE(cache_->find(first), nullptr);  // now "SELECT 1" is the oldest
  add("SELECT 'one more'");
  EXPECT_EQ(cache_->size(), StatementCache::kStatementsMax);
  EXPECT_NE(cache_->find(first), nullptr);
  EXPECT_EQ(cache_->find("SELECT 1"), nullptr);
  EXPECT_NE(cache_->find("SELECT 2"), nullptr);
}

TEST_F(StatementCacheTest, WhatIsInUseDoesNotGo) {
  Statement* oldest = add("SELECT 0");
  const Statement::Execution execution(*oldest);
  for (std::size_t i = 1; i < StatementCache::kStatementsMax + 10; ++i) add("SELECT " + std::to_string(i));
  EXPECT_EQ(oldest->sql(), "SELECT 0");
  EXPECT_TRUE(oldest->inUse());
  EXPECT_EQ(cache_->find("SELECT 1"), nullptr);
}

}  // namespace
}  // namespace kavro::database::sqlite
