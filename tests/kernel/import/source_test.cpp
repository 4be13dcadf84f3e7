// Both kinds of database, with the same table in them: the same rows must come out.
#include "kernel/import/source.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include <kavro/text.hpp>

#include "tests/services/postgres_database.hpp"
#include "tests/services/shared_services.hpp"
#include "tests/services/temporary_folder.hpp"

namespace kavro::import {
namespace {

using kavro::testing::PostgresDatabase;
using kavro::testing::TemporaryFolder;

constexpr ReadLimit kNoLimit{1000, 1 << 20};

enum class Kind { kSqlite, kPostgres };

class SourceTest : public ::testing::TestWithParam<Kind> {
 protected:
  SourceTest() {
    if (isSqlite()) {
      change(
          "CREATE TABLE \"odd \"\"table\" (id INTEGER PRIMARY KEY, flag BOOLEAN, number REAL, name TEXT, made "
          "DATETIME, "
          "data BLOB, json JSON);"
          "INSERT INTO \"odd \"\"table\" VALUES (-5, 1, 1.5, 'Käse', '2026-01-02 03:04:05.5', x'00ff', '{\"a\":1}'),"
          "(7, 0, NULL, '', NULL, x'', NULL), (9, NULL, NULL, NULL, NULL, NULL, 'null')");
    } else {
      postgres_ = std::make_unique<PostgresDatabase>(kavro::testing::sharedServices().postgres);
      change(
          "CREATE TABLE \"odd \"\"table\" (id SERIAL PRIMARY KEY, flag BOOLEAN, number DOUBLE PRECISION, name VARCHAR, "
          "made TIMESTAMP, data BYTEA, json JSON);"
          "INSERT INTO \"odd \"\"table\" VALUES (-5, true, 1.5, 'Käse', '2026-01-02 03:04:05.5', '\\x00ff', "
          "'{\"a\":1}'),"
          "(7, false, NULL, '', NULL, '\\x', NULL), (9, NULL, NULL, NULL, NULL, NULL, 'null')");
    }
  }

  static bool isSqlite() { return GetParam() == Kind::kSqlite; }
  std::string file() const { return (folder_.path() / "a ?%#.db").string(); }

  void change(const std::string& sql) const {
    if (!isSqlite()) {
      postgres_->execute(sql);
      return;
    }
    sqlite3* handle = nullptr;
    ASSERT_EQ(SQLITE_OK, sqlite3_open(file().c_str(), &handle));
    EXPECT_EQ(SQLITE_OK, sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr)) << sqlite3_errmsg(handle);
    sqlite3_close(handle);
  }

  std::unique_ptr<Source> open() const {
    SourceUrl url;
    url.kind = isSqlite() ? SourceUrl::Kind::kSqlite : SourceUrl::Kind::kPostgres;
    url.connection = isSqlite() ? file() : postgres_->url();
    url.shown = "the source";
    return Source::open(url);
  }

  static TableQuery query(std::optional<std::int64_t> after = std::nullopt) {
    return {"odd \"table", {"id", "flag", "number", "name", "made", "data", "json", ""}, after};
  }

  static std::string show(const kavro_sql_value& value) {
    switch (value.type) {
      case KAVRO_SQL_NULL:
        return "NULL";
      case KAVRO_SQL_INTEGER:
        return std::to_string(value.value.integer);
      case KAVRO_SQL_REAL:
        return std::to_string(value.value.real);
      case KAVRO_SQL_TEXT:
        return "'" + std::string(fromAbi(value.value.text)) + "'";
      default:
        return std::to_string(value.value.text.size) + " bytes";
    }
  }
  static std::string show(const RowBatch& rows, std::size_t index) {
    std::string text;
    for (const kavro_sql_value& value : rows.row(index)) text += (text.empty() ? "" : " ") + show(value);
    return text;
  }

  TemporaryFolder folder_{"source"};
  std::unique_ptr<PostgresDatabase> postgres_;
};
INSTANTIATE_TEST_SUITE_P(Of, SourceTest, ::testing::Values(Kind::kSqlite, Kind::kPostgres),
                         [](const auto& kind) { return kind.param == Kind::kSqlite ? "Sqlite" : "Postgres"; });

class SqliteSourceTest : public SourceTest {};
INSTANTIATE_TEST_SUITE_P(Of, SqliteSourceTest, ::testing::Values(Kind::kSqlite));

TEST_P(SourceTest, ListsTablesAndColumns) {
  const auto source = open();
  EXPECT_EQ(std::vector<std::string>{"odd \"table"}, source->tables());
  EXPECT_EQ((std::vector<std::string>{"id", "flag", "number", "name", "made", "data", "json"}),
            source->columns("odd \"table"));
}

TEST_P(SourceTest, ReadsValuesAsTheInterfaceSays) {
  const auto source = open();
  const RowBatch rows = source->read(query(), kNoLimit);
  ASSERT_EQ(3u, rows.size());
  EXPECT_EQ("-5 1 1.500000 'Käse' '2026-01-02 03:04:05.5' 2 bytes '{\"a\":1}' NULL", show(rows, 0));
  EXPECT_EQ("7 0 NULL '' NULL 0 bytes NULL NULL", show(rows, 1));
  EXPECT_EQ("9 NULL NULL NULL NULL NULL 'null' NULL", show(rows, 2));
  const kavro_text bytes = rows.row(0)[5].value.text;
  EXPECT_EQ(std::string_view("\x00\xff", 2), fromAbi(bytes));
}

TEST_P(SourceTest, GoesByTheKey) {
  const auto source = open();
  EXPECT_EQ(3u, source->count(query()));
  EXPECT_EQ(2u, source->count(query(-5)));
  EXPECT_TRUE(source->has(query(7)));
  EXPECT_FALSE(source->has(query(8)));
  const RowBatch one = source->read(query(), {1, 1 << 20});
  ASSERT_EQ(1u, one.size());
  EXPECT_EQ(-5, one.key(0));
  EXPECT_EQ(7, source->read(query(one.key(0)), {1, 1 << 20}).key(0));
  EXPECT_EQ(1u, source->read(query(), {1000, 1}).size());  // bytes: at least one row
  EXPECT_TRUE(source->read(query(9), kNoLimit).empty());
}

TEST_P(SourceTest, EverythingIsOfOneMoment) {
  const auto source = open();
  EXPECT_EQ(3u, source->count(query()));
  if (!isSqlite()) {  // a writer of SQLite's would wait for the reader
    change("INSERT INTO \"odd \"\"table\" (id) VALUES (100)");
    EXPECT_EQ(3u, source->count(query()));
    EXPECT_EQ(4u, open()->count(query()));
  }
}

TEST_P(SourceTest, SaysWhatIsMissing) {
  SourceUrl url;
  url.kind = isSqlite() ? SourceUrl::Kind::kSqlite : SourceUrl::Kind::kPostgres;
  url.connection = isSqlite() ? file() + "-no" : "postgresql://u:Hush-Hush@127.0.0.1:1/no";
  url.shown = "the source";
  try {
    Source::open(url);
    FAIL() << "it was opened";
  } catch (const SourceError& error) {
    const std::string expected = isSqlite() ? "there is no such file" : "the source: cannot connect";
    EXPECT_NE(std::string::npos, std::string(error.what()).find(expected)) << error.what();
    EXPECT_EQ(std::string::npos, std::string(error.what()).find("Hush-Hush"));
  }
}

TEST_P(SqliteSourceTest, NothingIsWrittenBesideASqliteFile) {
  change("PRAGMA journal_mode = WAL");
  EXPECT_EQ(3u, open()->count(query()));
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_.path())) ++files;
  EXPECT_EQ(1u, files);
}

TEST_P(SqliteSourceTest, AFileThatIsNoDatabaseIsRefused) {
  std::ofstream(file(), std::ios::trunc) << std::string(4096, 'x');
  EXPECT_THROW(open(), SourceError);
}

}  // namespace
}  // namespace kavro::import
