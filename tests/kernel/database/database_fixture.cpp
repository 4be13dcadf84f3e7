#include "tests/kernel/database/database_fixture.hpp"

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "tests/services/shared_services.hpp"
#include "tests/services/stack.hpp"

namespace kavro::database::testing {

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "kavro-database-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Log LogLines::log() {
  return [this](std::int32_t, std::string_view message) {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(message);
  };
}

std::string LogLines::all() const {
  const std::lock_guard lock(mutex_);
  std::string result;
  for (const std::string& line : lines_) result += line + "\n";
  return result;
}

std::size_t LogLines::count(std::string_view part) const {
  const std::lock_guard lock(mutex_);
  std::size_t found = 0;
  for (const std::string& line : lines_) found += line.find(part) != std::string::npos ? 1 : 0;
  return found;
}

kavro_sql_value null() { return {KAVRO_SQL_NULL, 0, {}}; }

kavro_sql_value integer(std::int64_t value) {
  kavro_sql_value result{KAVRO_SQL_INTEGER, 0, {}};
  result.value.integer = value;
  return result;
}

kavro_sql_value real(double value) {
  kavro_sql_value result{KAVRO_SQL_REAL, 0, {}};
  result.value.real = value;
  return result;
}

kavro_sql_value textValue(std::string_view value) {
  kavro_sql_value result{KAVRO_SQL_TEXT, 0, {}};
  result.value.text = text(value);
  return result;
}

kavro_sql_value bytes(std::string_view value) {
  kavro_sql_value result = textValue(value);
  result.type = KAVRO_SQL_BYTES;
  return result;
}

std::string show(const kavro_sql_value& value) {
  switch (value.type) {
    case KAVRO_SQL_NULL:
      return "NULL";
    case KAVRO_SQL_INTEGER:
      return std::to_string(value.value.integer);
    case KAVRO_SQL_REAL: {
      char buffer[32];
      std::snprintf(buffer, sizeof buffer, "%.17g", value.value.real);
      return buffer;
    }
    case KAVRO_SQL_TEXT:
      return "'" + std::string(value.value.text.data, value.value.text.size) + "'";
    default: {
      std::string hex = "x'";
      for (const char byte : std::string_view(value.value.text.data, value.value.text.size)) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(byte));
        hex += digits;
      }
      return hex + "'";
    }
  }
}

namespace {

// A row function whose user is Rows* or null.
kavro_status keepRow(void* user, const kavro_sql_value* columns, std::size_t count) {
  if (user == nullptr) return KAVRO_OK;
  std::vector<std::string> row;
  for (std::size_t i = 0; i < count; ++i) row.push_back(show(columns[i]));
  static_cast<Rows*>(user)->push_back(std::move(row));
  return KAVRO_OK;
}

}  // namespace

kavro_status execute(Session& session, std::string_view sql, const Parameters& parameters, Rows* rows,
                     std::int64_t* affected) {
  return session.execute(text(sql), parameters, &keepRow, rows, affected);
}

namespace {

struct Call {
  Body body;
  std::promise<kavro_status> outcome;

  static kavro_status run(void* user, kavro_session* session) {
    return static_cast<Call*>(user)->body(Session::from(session));
  }
  static void done(void* user, kavro_status status) {
    const std::unique_ptr<Call> call(static_cast<Call*>(user));
    call->outcome.set_value(status);
  }
};

struct StatementCall {
  std::string sql, lock;
  std::vector<std::string> texts;
  Parameters parameters;
  kavro_statement statement{};
  std::promise<kavro_status> outcome;

  static void done(void* user, kavro_status status) {
    const std::unique_ptr<StatementCall> call(static_cast<StatementCall*>(user));
    call->outcome.set_value(status);
  }
};

}  // namespace

std::future<kavro_status> writeStatementLater(Database& database, std::string sql, std::vector<std::string> texts,
                                              Rows* rows, std::string lock) {
  auto* call = new StatementCall{std::move(sql), std::move(lock), std::move(texts), {}, {}, {}};
  for (const std::string& each : call->texts) call->parameters.push_back(textValue(each));
  call->statement = {sizeof call->statement, 0,    text(call->sql), call->parameters.data(), call->parameters.size(),
                     &keepRow,               rows, text(call->lock)};
  std::future<kavro_status> outcome = call->outcome.get_future();
  database.writeStatement(call->statement, &StatementCall::done, call);
  return outcome;
}

std::future<kavro_status> writeLater(Database& database, Body body) {
  auto* call = new Call{std::move(body), {}};
  std::future<kavro_status> outcome = call->outcome.get_future();
  database.write(&Call::run, &Call::done, call);
  return outcome;
}

kavro_status write(Database& database, Body body) { return writeLater(database, std::move(body)).get(); }

kavro_status write(Database& database, std::string_view sql, const Parameters& parameters) {
  return write(database, [&](Session& session) { return execute(session, sql, parameters); });
}

kavro_status read(Database& database, Body body) {
  auto* call = new Call{std::move(body), {}};
  std::future<kavro_status> outcome = call->outcome.get_future();
  database.read(&Call::run, &Call::done, call);
  return outcome.get();
}

Rows query(Database& database, std::string_view sql, const Parameters& parameters) {
  Rows rows;
  const kavro_status status =
      read(database, [&](Session& session) { return execute(session, sql, parameters, &rows); });
  EXPECT_EQ(status, KAVRO_OK) << sql;
  return rows;
}

OtherProcess::OtherProcess(const std::function<bool()>& begin) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  pid_ = fork();
  if (pid_ == 0) {
    const char worked = begin() ? 1 : 0;
    if (::write(ends[1], &worked, 1) == 1) pause();
    _exit(0);
  }
  ::close(ends[1]);
  char worked = 0;
  const bool told = pid_ > 0 && ::read(ends[0], &worked, 1) == 1;
  ::close(ends[0]);
  if (told && worked != 0) return;
  end();
  throw std::runtime_error("the other process could not begin");
}

void OtherProcess::end() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

BusyWriter::BusyWriter(Database& database) {
  auto entered = std::make_shared<std::promise<void>>();
  std::future<void> inside = entered->get_future();
  outcome_ = writeLater(database, [entered, go = go_.get_future().share()](Session&) -> kavro_status {
    entered->set_value();
    go.wait();
    return KAVRO_OK;
  });
  inside.wait();
}

void BusyWriter::release() {
  if (!outcome_.valid()) return;
  go_.set_value();
  EXPECT_EQ(outcome_.get(), KAVRO_OK);
}

DatabaseTest::DatabaseTest() {
  if (kavro::testing::stackOfThisRun() == kavro::testing::Stack::kSqlite) return;
  postgres_ = std::make_unique<kavro::testing::PostgresDatabase>(kavro::testing::sharedServices().postgres);
}

Database& DatabaseTest::open(Options options) {
  database_.reset();
  options.url = url();
  options.write_sessions = 1;  // so that what waits is one group
  options.log = log_.log();
  database_ = Database::open(options);
  const Migration migration{"test", 1, "items", "CREATE TABLE item (id {id}, name TEXT UNIQUE, value {bytes})"};
  database_->migrate({&migration, 1});
  return *database_;
}

std::string DatabaseTest::integrity() const {
  sqlite3* connection = nullptr;
  std::string answer;
  if (sqlite3_open(file().c_str(), &connection) == SQLITE_OK) {
    const auto keep = [](void* user, int, char** values, char**) {
      static_cast<std::string*>(user)->append(values[0]);
      return 0;
    };
    sqlite3_exec(connection, "PRAGMA integrity_check", keep, &answer, nullptr);
  }
  sqlite3_close(connection);
  return answer;
}

}  // namespace kavro::database::testing
