// What the database tests share: a temporary folder, calls with lambdas, rows as text, collected log lines.
#pragma once

#include <gtest/gtest.h>
#include <kavro/abi/database.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/database/database.hpp"
#include "kernel/database/session.hpp"
#include "tests/services/postgres_database.hpp"

namespace kavro::database::testing {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path path() const { return path_; }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

class LogLines {
 public:
  Log log();
  std::string all() const;
  std::size_t count(std::string_view part) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

inline kavro_text text(std::string_view value) { return {value.data(), value.size()}; }

// Parameters; texts are borrowed.
kavro_sql_value null();
kavro_sql_value integer(std::int64_t value);
kavro_sql_value real(double value);
kavro_sql_value textValue(std::string_view value);
kavro_sql_value bytes(std::string_view value);

// "NULL", "7", "1.5", "'text'", "x'00ff'"
std::string show(const kavro_sql_value& value);

using Parameters = std::vector<kavro_sql_value>;
using Rows = std::vector<std::vector<std::string>>;

// One statement; rows are appended to `rows` when given.
kavro_status execute(Session& session, std::string_view sql, const Parameters& parameters = {}, Rows* rows = nullptr,
                     std::int64_t* affected = nullptr);

using Body = std::function<kavro_status(Session&)>;

// Submits and returns; the outcome comes through the future.
std::future<kavro_status> writeLater(Database& database, Body body);
kavro_status write(Database& database, Body body);
kavro_status write(Database& database, std::string_view sql, const Parameters& parameters = {});
// One statement as a write of its own; rows are appended to `rows` when given.
std::future<kavro_status> writeStatementLater(Database& database, std::string sql, std::vector<std::string> texts = {},
                                              Rows* rows = nullptr, std::string lock = {});
kavro_status read(Database& database, Body body);
Rows query(Database& database, std::string_view sql, const Parameters& parameters = {});

// A process that does something, and then waits for its end, which comes with this object.
class OtherProcess {
 public:
  // `begin` runs there, and says whether it worked; returns when it has run. Throws std::runtime_error.
  explicit OtherProcess(const std::function<bool()>& begin);
  ~OtherProcess() { end(); }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;

  pid_t pid() const { return pid_; }
  void end();

 private:
  pid_t pid_ = -1;
};

// Keeps the writer busy inside a write function, so that what is submitted meanwhile becomes one group.
class BusyWriter {
 public:
  explicit BusyWriter(Database& database);
  ~BusyWriter() { release(); }
  void release();

 private:
  std::promise<void> go_;
  std::future<kavro_status> outcome_;
};

// A database of the test's own, with a table item(id {id}, name TEXT UNIQUE, value {bytes}): a file in a temporary
// folder or, where the test runs with PostgreSQL (tests/services/stack.hpp), one of that server's.
class DatabaseTest : public ::testing::Test {
 protected:
  DatabaseTest();

  // Closes what is open, and opens the same database with these options (url and log are filled in).
  Database& open(Options options = {});
  void close() { database_.reset(); }
  Database& database() { return *database_; }

  std::string url() const { return postgres_ ? postgres_->url() : "sqlite:" + file(); }
  std::string file() const { return folder_.file("kavro.db"); }

  // What SQLite says about the file, through a connection of its own.
  std::string integrity() const;

  TemporaryFolder folder_;
  std::unique_ptr<kavro::testing::PostgresDatabase> postgres_;
  LogLines log_;

 private:
  std::unique_ptr<Database> database_;
};

}  // namespace kavro::database::testing
