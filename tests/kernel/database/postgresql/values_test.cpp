// Values to a real PostgreSQL and back: its binary formats are its own.
#include "kernel/database/postgresql/values.hpp"

#include "tests/kernel/database/database_fixture.hpp"
#include "tests/services/shared_services.hpp"

namespace kavro::database::testing {
namespace {

using postgresql::ParameterList;

class PostgresValuesTest : public ::testing::Test {
 protected:
  PostgresValuesTest() {
    Options options;
    options.url = postgres_.url();
    options.log = log_.log();
    database_ = Database::open(options);
  }

  // One row of one statement.
  std::vector<std::string> row(std::string_view sql, const Parameters& parameters = {}) {
    const Rows rows = query(*database_, sql, parameters);
    return rows.empty() ? std::vector<std::string>{} : rows.front();
  }

  kavro::testing::PostgresDatabase postgres_{kavro::testing::sharedServices().postgres};
  LogLines log_;
  std::unique_ptr<Database> database_;
};

TEST_F(PostgresValuesTest, ParametersComeBackAsTheyWere) {
  using namespace std::string_view_literals;
  EXPECT_EQ(row("SELECT $1, $2, $3, $4, $5, $6",
                {integer(INT64_MIN), real(-1.5), textValue("\xC3\xA4'\\"), bytes("\0\xFF"sv), textValue(""), bytes("")}),
            (std::vector<std::string>{"-9223372036854775808", "-1.5", "'\xC3\xA4'\\'", "x'00ff'", "''", "x''"}));
  EXPECT_EQ(row("SELECT $1::bigint", {null()}), (std::vector<std::string>{"NULL"}));
}

TEST_F(PostgresValuesTest, TypesOfColumnsAreCarried) {
  EXPECT_EQ(row("SELECT true, 7::smallint, -7::integer, 7::bigint, 2.5::real, 2.5::double precision, 'v'::varchar, "
                "'n'::name, '{\"a\":1}'::json, '\\x0f'::bytea, 4294967295::oid"),
            (std::vector<std::string>{"1", "7", "-7", "7", "2.5", "2.5", "'v'", "'n'", "'{\"a\":1}'", "x'0f'",
                                      "4294967295"}));
}

TEST_F(PostgresValuesTest, ANumericIsAnIntegerWhereItCanBe) {
  EXPECT_EQ(row("SELECT 0::numeric, 10000::numeric, -123456789012345678::numeric, 9223372036854775807::numeric, "
                "7.00::numeric, sum(x) FROM (VALUES (1::bigint), (2)) AS t (x)"),
            (std::vector<std::string>{"0", "10000", "-123456789012345678", "9223372036854775807", "7", "3"}));
  EXPECT_EQ(row("SELECT 1.25::numeric, -0.5::numeric, 1e20::numeric"),
            (std::vector<std::string>{"1.25", "-0.5", "1e+20"}));
}

TEST_F(PostgresValuesTest, AnotherTypeIsRefusedWithTheCure) {
  std::string why;
  EXPECT_EQ(read(*database_,
                 [&](Session& session) {
                   const kavro_status status = execute(session, "SELECT 1, now() AS moment");
                   why = session.why();
                   return status;
                 }),
            KAVRO_INVALID);
  EXPECT_EQ(why, "column 2 (moment) has a type that is not carried; CAST it to TEXT, BIGINT, DOUBLE PRECISION or BYTEA");
}

TEST_F(PostgresValuesTest, ATextThatIsNoneIsInvalidAndNotInTheLog) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {"hun\0ter2"sv, "hunter2\xFF"sv}) {
    EXPECT_EQ(read(*database_, [&](Session& session) { return execute(session, "SELECT $1", {textValue(text)}); }),
              KAVRO_INVALID);
  }
  EXPECT_EQ(read(*database_,
                 [&](Session& session) { return execute(session, "SELECT $1::integer", {textValue("hunter2")}); }),
            KAVRO_ERROR);
  EXPECT_EQ(log_.count("hunter2"), 0u) << log_.all();
  EXPECT_EQ(log_.count("SQLSTATE 22P02"), 1u) << log_.all();
}

// As a confused server might send it; nothing behind the end of a value is read.
TEST(PostgresColumns, WhatHasNotTheSizeOfItsTypeIsRefused) {
  struct Case {
    Oid type;
    int format;
    std::string value;
  };
  const std::string_view digits("\x03\xE8\0\0\0\0\0\0", 8);  // announces a thousand
  for (const Case& test : {Case{20, 1, "12"}, Case{20, 1, ""}, Case{20, 0, "12345678"}, Case{23, 1, "12345"},
                           Case{21, 1, "1"}, Case{16, 1, ""}, Case{701, 1, "1234"}, Case{26, 1, "12"},
                           Case{1700, 1, std::string(digits)}, Case{1700, 1, "12"}, Case{25, 0, "text"}}) {
    postgresql::Result result(PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK));
    char name[] = "c";
    PGresAttDesc column{name, 0, 0, test.format, test.type, -1, -1};
    ASSERT_NE(PQsetResultAttrs(result.get(), 1, &column), 0);
    std::string value = test.value;
    ASSERT_NE(PQsetvalue(result.get(), 0, 0, value.data(), static_cast<int>(value.size())), 0);
    postgresql::RowReader reader(result.get());
    EXPECT_TRUE(reader.read(0).empty()) << test.type;
    EXPECT_EQ(reader.why(), "column 1 (c) was not sent as its type is") << test.type;
  }
}

TEST(PostgresParameters, AnUnknownTypeAndTooManyAreRefused) {
  ParameterList list;
  kavro_sql_value strange{};
  strange.type = 77;
  EXPECT_EQ(list.set(std::array{strange}), "a parameter has an unknown type");
  EXPECT_EQ(list.set(Parameters(ParameterList::kParametersMax + 1, integer(1))),
            "1001 parameters; expected at most 1000");
}

}  // namespace
}  // namespace kavro::database::testing
