#include "kernel/import/postgres_source.hpp"

#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace kavro::import {
namespace {

// Seconds, unless the URL says otherwise.
constexpr const char* kConnectTimeout = "10";

// Types by their fixed numbers (PostgreSQL's pg_type.dat).
enum : Oid { kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kFloat4 = 700, kFloat8 = 701 };

int digit(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

// "\x00ff"
std::string fromHex(std::string_view text) {
  text.remove_prefix(std::min<std::size_t>(2, text.size()));
  std::string bytes(text.size() / 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
  }
  return bytes;
}

std::int64_t toInteger(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

PostgresSource::PostgresSource(const SourceUrl& url) : shown_(url.shown) {
  // What comes later wins, so the URL has the last word.
  const std::array<const char*, 4> keywords{"fallback_application_name", "connect_timeout", "dbname", nullptr};
  const std::array<const char*, 4> values{"kavro import", kConnectTimeout, url.connection.c_str(), nullptr};
  connection_.reset(PQconnectdbParams(keywords.data(), values.data(), 1));
  if (PQstatus(connection_.get()) != CONNECTION_OK) fail("cannot connect");
  execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", {});
  for (const char* setting :
       {"client_encoding = 'UTF8'", "timezone = 'UTC'", "datestyle = 'ISO, YMD'", "bytea_output = 'hex'",
        "extra_float_digits = 1", "statement_timeout = 0", "idle_in_transaction_session_timeout = 0"}) {
    execute(std::string("SET LOCAL ") + setting, {});
  }
}

// What PostgreSQL says names hosts, users and tables, never a password.
void PostgresSource::fail(const std::string& what) {
  throw SourceError(shown_ + ": " + what + ": " + trimmed(PQerrorMessage(connection_.get())));
}

PostgresSource::Result PostgresSource::execute(const std::string& sql, const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  Result result(PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                             nullptr, nullptr, 0));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) fail("cannot read");
  return result;
}

std::vector<std::string> PostgresSource::texts(const std::string& sql, const std::vector<std::string>& parameters) {
  const Result result = execute(sql, parameters);
  std::vector<std::string> found;
  for (int i = 0; i < PQntuples(result.get()); ++i) found.emplace_back(PQgetvalue(result.get(), i, 0));
  return found;
}

std::uint64_t PostgresSource::number(const std::string& sql, const TableQuery& query) {
  std::vector<std::string> parameters;
  if (query.after) parameters.push_back(std::to_string(*query.after));
  const Result result = execute(sql, parameters);
  return static_cast<std::uint64_t>(toInteger(PQgetvalue(result.get(), 0, 0)));
}

std::vector<std::string> PostgresSource::tables() {
  return texts(
      "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
      "WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' "
      "AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1",
      {});
}

std::vector<std::string> PostgresSource::columns(const std::string& table) {
  return texts(
      "SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 "
      "AND NOT attisdropped ORDER BY attnum",
      {quoteName(table)});
}

std::uint64_t PostgresSource::count(const TableQuery& query) { return number(countSql(query), query); }

bool PostgresSource::has(const TableQuery& query) { return number(hasSql(query), query) > 0; }

void PostgresSource::addRow(RowBatch& rows, const PGresult* result) {
  for (int i = 0; i < PQnfields(result); ++i) {
    if (PQgetisnull(result, 0, i)) {
      rows.addNull();
      continue;
    }
    const std::string_view text(PQgetvalue(result, 0, i), static_cast<std::size_t>(PQgetlength(result, 0, i)));
    switch (PQftype(result, i)) {
      case kBool:
        rows.addInteger(text == "t" ? 1 : 0);
        break;
      case kInt2:
      case kInt4:
      case kInt8:
        rows.addInteger(toInteger(text));
        break;
      case kFloat4:
      case kFloat8:
        rows.addReal(std::strtod(text.data(), nullptr));
        break;
      case kBytea:
        rows.addBytes(fromHex(text));
        break;
      default:
        rows.addText(std::string(text));
        break;
    }
  }
}

// Row by row, so that a batch of large rows is not in memory twice, nor more of it than the limit.
RowBatch PostgresSource::read(const TableQuery& query, ReadLimit limit) {
  std::vector<std::string> parameters;
  if (query.after) parameters.push_back(std::to_string(*query.after));
  parameters.push_back(std::to_string(limit.rows));
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  PGconn* connection = connection_.get();
  if (PQsendQueryParams(connection, selectSql(query).c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                        nullptr, nullptr, 0) != 1 ||
      PQsetSingleRowMode(connection) != 1) {
    fail("cannot read " + query.table);
  }
  RowBatch rows(query.columns.size());
  bool failed = false;
  while (const Result result{PQgetResult(connection)}) {
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_SINGLE_TUPLE) {
      if (rows.bytes() < limit.bytes) addRow(rows, result.get());  // the rest is read again with the next batch
    } else if (status != PGRES_TUPLES_OK) {
      failed = true;
    }
  }
  if (failed) fail("cannot read " + query.table);
  return rows;
}

}  // namespace kavro::import
