#include "kernel/database/statement_text.hpp"

#include <gtest/gtest.h>

#include <array>

namespace kavro::database {
namespace {

constexpr std::array<Word, 1> kWords{{{"{now}", "42"}}};

TEST(StatementText, WordsAreReplacedOutsideQuotes) {
  EXPECT_EQ(std::get<std::string>(replaceWords("SELECT {now}, '{now}', \"{now}\" -- {now}\n, {now}", kWords)),
            "SELECT 42, '{now}', \"{now}\" -- {now}\n, 42");
  EXPECT_EQ(std::get<UnknownWord>(replaceWords("SELECT {now}, {then}", kWords)).text, "{then}");
  EXPECT_EQ(std::get<UnknownWord>(replaceWords("SELECT {now", kWords)).text, "{now");
}

TEST(StatementText, AnInsertOfOneRowCanReturnItsId) {
  EXPECT_EQ(beforeReturningId("INSERT INTO a VALUES (1) RETURNING {id}"), "INSERT INTO a VALUES (1)");
  for (const char* sql : {"INSERT INTO a VALUES (1)", "INSERT INTO a VALUES (1) RETURNING id", "RETURNING {id} "}) {
    EXPECT_EQ(beforeReturningId(sql), std::nullopt) << sql;
  }
  for (const char* sql : {"INSERT INTO a VALUES (1)", "insert into a values (1) on conflict do nothing",
                          "INSERT INTO a (do_update) VALUES (1)"}) {
    EXPECT_TRUE(canReturnId(sql)) << sql;
  }
  for (const char* sql : {"UPDATE a SET b = 1", "WITH b AS (SELECT 1) INSERT INTO a SELECT * FROM b", "SELECT 1",
                          "INSERT INTO a VALUES (1) ON CONFLICT (b) do\n  update SET b = 2"}) {
    EXPECT_FALSE(canReturnId(sql)) << sql;
  }
}

TEST(StatementText, TheFirstWordTellsTheKind) {
  for (const char* sql : {"SELECT 1", "  select 1", "-- why\n/* and */ (SELECT 1)", "VALUES (1)"}) {
    EXPECT_EQ(kindOf(sql), StatementKind::kReads) << sql;
  }
  for (const char* sql : {"INSERT INTO a VALUES (1)", "with b AS (DELETE FROM a) SELECT 1", "update a SET b = 1",
                          "DELETE FROM a", "CREATE TABLE a (b TEXT)", "DROP INDEX a"}) {
    EXPECT_EQ(kindOf(sql), StatementKind::kChanges) << sql;
  }
  for (const char* sql : {"", "BEGIN", "COMMIT", "/* SELECT */ ROLLBACK", "SET x = 1", "COPY a FROM STDIN", "DO $$ $$",
                          "SELECTED", "PRAGMA x", "'SELECT'"}) {
    EXPECT_EQ(kindOf(sql), StatementKind::kNotAllowed) << sql;
  }
}

TEST(StatementText, ParametersAreCountedOutsideQuotes) {
  EXPECT_EQ(parameterCount("SELECT 1"), 0u);
  EXPECT_EQ(parameterCount("SELECT $2, $1, $2, '$9' -- $8"), 2u);
  EXPECT_EQ(parameterCount("SELECT $12"), 12u);
  EXPECT_EQ(parameterCount("SELECT $"), 0u);
}

TEST(StatementText, AScriptIsDividedOutsideQuotes) {
  EXPECT_EQ(splitStatements("CREATE TABLE a (b TEXT DEFAULT ';'); -- one; two\n DROP TABLE a;;"),
            (std::vector<std::string>{"CREATE TABLE a (b TEXT DEFAULT ';')", " -- one; two\n DROP TABLE a"}));
  EXPECT_TRUE(splitStatements(" ; -- nothing\n").empty());
}

TEST(StatementText, TheKernelsTableIsFoundInAnyCase) {
  EXPECT_TRUE(namesKernelTable("DELETE FROM Kavro_Migrations"));
  EXPECT_FALSE(namesKernelTable("DELETE FROM migrations"));
}

TEST(StatementText, ALongStatementIsCutForTheLog) {
  EXPECT_EQ(statementForLog("SELECT 1"), "; the statement was: SELECT 1");
  EXPECT_LT(statementForLog(std::string(10'000, 'x')).size(), 600u);
}

}  // namespace
}  // namespace kavro::database
