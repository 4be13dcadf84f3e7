// Failures as a real PostgreSQL reports them.
#include "kernel/database/postgresql/sql_state.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "tests/services/postgres_database.hpp"
#include "tests/services/shared_services.hpp"

namespace kavro::database::postgresql {
namespace {

class SqlStateTest : public ::testing::Test {
 protected:
  SqlStateTest() : handle_(PQconnectdb(postgres_.url().c_str()), &PQfinish) {
    PQsetNoticeProcessor(handle_.get(), [](void*, const char*) {}, nullptr);
  }

  // What a failure with this code comes to.
  Failure raised(const std::string& state, bool reads_only = false) {
    return failing("DO $$ BEGIN RAISE EXCEPTION 'the message' USING ERRCODE = '" + state + "', DETAIL = 'hunter2'; " +
                       "END $$",
                   reads_only);
  }
  Failure failing(const std::string& sql, bool reads_only = false) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(handle_.get(), sql.c_str()), &PQclear);
    EXPECT_EQ(PQresultStatus(result.get()), PGRES_FATAL_ERROR) << sql;
    return failureOf(result.get(), reads_only);
  }

  kavro::testing::PostgresDatabase postgres_{kavro::testing::sharedServices().postgres};
  std::unique_ptr<PGconn, decltype(&PQfinish)> handle_;
};

TEST_F(SqlStateTest, ATakenKeyIsAConflict) {
  const Failure failure = failing("CREATE TABLE a (b TEXT UNIQUE); INSERT INTO a VALUES ('hunter2'), ('hunter2')");
  EXPECT_EQ(failure.status, KAVRO_CONFLICT);
  EXPECT_EQ(failure.why.find("hunter2"), std::string::npos) << failure.why;
  EXPECT_EQ(raised("23503").status, KAVRO_ERROR);  // a foreign key
}

TEST_F(SqlStateTest, WhatGoesAwayByItselfIsUnavailable) {
  for (const char* state : {"40001", "40P01", "55P03"}) {
    EXPECT_EQ(raised(state).status, KAVRO_UNAVAILABLE) << state;
    EXPECT_TRUE(raised(state).worth_running_again) << state;
    EXPECT_FALSE(raised(state).connection_gone) << state;
  }
  for (const char* state : {"53100", "53200", "58030"}) {  // disk full, out of memory, I/O
    EXPECT_EQ(raised(state).status, KAVRO_UNAVAILABLE) << state;
    EXPECT_FALSE(raised(state).worth_running_again) << state;
  }
  for (const char* state : {"57P01", "57P03", "08006"}) {
    EXPECT_EQ(raised(state).status, KAVRO_UNAVAILABLE) << state;
    EXPECT_TRUE(raised(state).connection_gone) << state;
  }
}

TEST_F(SqlStateTest, AServerThatTakesNoWritesIsLeft) {
  EXPECT_EQ(raised("25006", true).status, KAVRO_INVALID);
  EXPECT_EQ(raised("25006", false).status, KAVRO_UNAVAILABLE);
  EXPECT_TRUE(raised("25006", false).connection_gone);
}

TEST_F(SqlStateTest, AForgottenStatementNamesTheSetting) {
  const Failure failure = failing("EXECUTE nothing");
  EXPECT_TRUE(failure.worth_running_again);
  EXPECT_NE(failure.why.find("prepared_statements = off"), std::string::npos) << failure.why;
}

TEST_F(SqlStateTest, TheRest) {
  EXPECT_EQ(raised("57014").status, KAVRO_TIMEOUT);
  EXPECT_EQ(raised("08P01").status, KAVRO_INVALID);
  EXPECT_EQ(raised("54000").status, KAVRO_INVALID);
  EXPECT_EQ(raised("42P01").status, KAVRO_ERROR);
  EXPECT_EQ(raised("42P01").why, "the message");
  EXPECT_EQ(raised("22012").why, "a value is not right for its column or function (SQLSTATE 22012)");
}

}  // namespace
}  // namespace kavro::database::postgresql
