#include "kernel/database/sqlite/statement.hpp"

#include <limits>

#include "tests/kernel/database/database_fixture.hpp"

namespace kavro::database::sqlite {
namespace {

using testing::bytes;
using testing::integer;
using testing::null;
using testing::real;
using testing::show;
using testing::textValue;

class StatementTest : public ::testing::Test {
 protected:
  StatementTest() { sqlite3_open(":memory:", &connection_); }
  ~StatementTest() override { sqlite3_close(connection_); }

  std::unique_ptr<Statement> prepare(std::string_view sql) {
    Statement::Prepared prepared = Statement::prepare(connection_, sql);
    EXPECT_EQ(prepared.status, KAVRO_OK) << prepared.why;
    return std::move(prepared.statement);
  }

  // The one row of a statement.
  std::vector<std::string> rowOf(Statement& statement, const std::vector<kavro_sql_value>& parameters) {
    Statement::Execution execution(statement);
    EXPECT_EQ(execution.bind(parameters), SQLITE_OK);
    EXPECT_EQ(execution.step(), SQLITE_ROW);
    std::vector<std::string> result;
    for (const kavro_sql_value& value : execution.row()) result.push_back(show(value));
    EXPECT_EQ(execution.step(), SQLITE_DONE);
    return result;
  }

  sqlite3* connection_ = nullptr;
};

using Row = std::vector<std::string>;

TEST_F(StatementTest, EveryTypeComesBackAsItWas) {
  const auto statement = prepare("SELECT $1, $2, $3, $4, $5");
  constexpr std::int64_t kSmallest = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(rowOf(*statement, {null(), integer(kSmallest), real(0.1), textValue("ä€𝄞"), bytes("\xff\xfe")}),
            (Row{"NULL", "-9223372036854775808", "0.10000000000000001", "'ä€𝄞'", "x'fffe'"}));
}

TEST_F(StatementTest, EmptyIsNotNullAndZeroBytesAreKept) {
  const auto statement = prepare("SELECT $1, $2, $3, $4");
  using namespace std::string_view_literals;
  EXPECT_EQ(rowOf(*statement, {textValue({}), bytes({}), textValue("a\0b"sv), bytes("\0\0"sv)}),
            (Row{"''", "x''", std::string("'a\0b'"sv), "x'0000'"}));
}

TEST_F(StatementTest, ParametersGoByTheirNumberAndMayRepeat) {
  const auto statement = prepare("SELECT $3, $1, $2, $1");
  EXPECT_EQ(statement->parameterCount(), 3u);
  EXPECT_EQ(rowOf(*statement, {integer(1), integer(2), integer(3)}), (Row{"3", "1", "2", "1"}));
}

TEST_F(StatementTest, ItCanBeExecutedAgainWithoutTracesOfTheLastTime) {
  const auto statement = prepare("SELECT $1");
  EXPECT_EQ(rowOf(*statement, {textValue("first")}), Row{"'first'"});
  EXPECT_EQ(rowOf(*statement, {null()}), Row{"NULL"});
  EXPECT_FALSE(statement->inUse());
}

TEST_F(StatementTest, AnUnknownTypeIsNotBound) {
  const auto statement = prepare("SELECT $1");
  kavro_sql_value value = null();
  value.type = 77;
  Statement::Execution execution(*statement);
  EXPECT_EQ(execution.bind({&value, 1}), SQLITE_MISUSE);
}

TEST_F(StatementTest, ItKnowsWhetherItChangesData) {
  sqlite3_exec(connection_, "CREATE TABLE t (a)", nullptr, nullptr, nullptr);
  EXPECT_FALSE(prepare("SELECT a FROM t")->changesData());
  EXPECT_TRUE(prepare("INSERT INTO t VALUES ($1) RETURNING a")->changesData());
  EXPECT_TRUE(prepare("WITH x AS (SELECT 1) DELETE FROM t WHERE a IN x")->changesData());
}

TEST_F(StatementTest, WhatIsNotOneStatementIsRefused) {
  const auto statusOfSql = [&](std::string_view sql) { return Statement::prepare(connection_, sql).status; };
  EXPECT_EQ(statusOfSql(""), KAVRO_INVALID);
  EXPECT_EQ(statusOfSql(" -- nothing"), KAVRO_INVALID);
  EXPECT_EQ(statusOfSql("SELECT 1; SELECT 2"), KAVRO_INVALID);
  EXPECT_EQ(statusOfSql("SELECT 1; nonsense"), KAVRO_INVALID);
  EXPECT_EQ(statusOfSql("nonsense"), KAVRO_ERROR);
  EXPECT_EQ(statusOfSql("SELECT 1;"), KAVRO_OK);
  EXPECT_EQ(statusOfSql("SELECT 1; -- the end"), KAVRO_OK);
  EXPECT_EQ(Statement::prepare(connection_, "SELECT 1 /*" + std::string(1'000'000, ' ') + "*/").status, KAVRO_INVALID);
}

TEST_F(StatementTest, OtherParametersAreRefused) {
  for (const char* sql : {"SELECT ?", "SELECT ?1", "SELECT :a", "SELECT $a", "SELECT $1, $3", "SELECT $0",
                          "SELECT $1, $01", "SELECT $99999999999"}) {
    EXPECT_EQ(Statement::prepare(connection_, sql).status, KAVRO_INVALID) << sql;
  }
}

}  // namespace
}  // namespace kavro::database::sqlite
