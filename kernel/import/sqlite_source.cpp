#include "kernel/import/sqlite_source.hpp"

#include <sys/stat.h>

#include <array>
#include <fstream>

namespace kavro::import {
namespace {

// How long to wait for the other service to finish a write.
constexpr int kBusyTimeoutMs = 10'000;

// Byte 18 of the file's header is 2 in WAL mode (https://www.sqlite.org/fileformat.html, section 1.3).
bool usesLog(const std::string& file) {
  std::array<char, 20> header{};
  std::ifstream(file, std::ios::binary).read(header.data(), header.size());
  return header[18] == 2;
}

bool hasLog(const std::string& file) {
  struct stat status {};
  return ::stat((file + "-wal").c_str(), &status) == 0 && status.st_size > 0;
}

// The path as a URI, so that SQLite takes its characters as they are.
std::string uriOf(const std::string& file, const char* parameters) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : file) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F && c != '%' && c != '?' && c != '#') {
      uri += c;
    } else {
      uri += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return uri + parameters;
}

}  // namespace

SqliteSource::SqliteSource(const SourceUrl& url) : file_(url.connection) {
  struct stat status {};
  if (::stat(file_.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw SourceError(file_ + ": there is no such file; expected the SQLite database of the other service");
  }
  const bool as_it_is = usesLog(file_) && !hasLog(file_);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(uriOf(file_, as_it_is ? "?mode=ro&immutable=1" : "?mode=ro").c_str(), &handle,
                                   SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) fail(code);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  // The transaction holds until the connection closes, so all that is read is of one moment.
  for (const char* sql : {"PRAGMA trusted_schema = OFF", "PRAGMA cell_size_check = ON", "BEGIN"}) {
    if (const int failed = sqlite3_exec(handle, sql, nullptr, nullptr, nullptr); failed != SQLITE_OK) fail(failed);
  }
  number("SELECT count(*) FROM sqlite_schema", std::nullopt);
}

void SqliteSource::fail(int code) const {
  const std::string said = handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
  std::string advice;
  if (code == SQLITE_READONLY_ROLLBACK || code == SQLITE_READONLY_RECOVERY) {
    advice = "; the other service did not end in order: start it once and stop it, or read a repaired copy";
  } else if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED) {
    advice = "; the other service is writing: stop it, or try again";
  }
  throw SourceError(file_ + ": " + said + advice);
}

SqliteSource::Statement SqliteSource::prepare(const std::string& sql) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v2(handle_.get(), sql.c_str(), -1, &handle, nullptr);
  Statement statement(handle);
  if (code != SQLITE_OK) fail(code);
  return statement;
}

bool SqliteSource::step(const Statement& statement) {
  const int code = sqlite3_step(statement.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) fail(code);
  return code == SQLITE_ROW;
}

std::vector<std::string> SqliteSource::texts(const std::string& sql, const std::string& parameter) {
  const Statement statement = prepare(sql);
  if (sqlite3_bind_parameter_count(statement.get()) > 0) {
    sqlite3_bind_text(statement.get(), 1, parameter.data(), static_cast<int>(parameter.size()), SQLITE_STATIC);
  }
  std::vector<std::string> found;
  while (step(statement)) {
    found.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), 0)),
                       static_cast<std::size_t>(sqlite3_column_bytes(statement.get(), 0)));
  }
  return found;
}

std::uint64_t SqliteSource::number(const std::string& sql, const std::optional<std::int64_t>& parameter) {
  const Statement statement = prepare(sql);
  if (parameter) sqlite3_bind_int64(statement.get(), 1, *parameter);
  return step(statement) ? static_cast<std::uint64_t>(sqlite3_column_int64(statement.get(), 0)) : 0;
}

std::vector<std::string> SqliteSource::tables() {
  return texts(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1", {});
}

std::vector<std::string> SqliteSource::columns(const std::string& table) {
  return texts("SELECT name FROM pragma_table_info($1)", table);
}

std::uint64_t SqliteSource::count(const TableQuery& query) { return number(countSql(query), query.after); }

bool SqliteSource::has(const TableQuery& query) { return number(hasSql(query), query.after) > 0; }

RowBatch SqliteSource::read(const TableQuery& query, ReadLimit limit) {
  const Statement statement = prepare(selectSql(query));
  int position = 1;
  if (query.after) sqlite3_bind_int64(statement.get(), position++, *query.after);
  sqlite3_bind_int64(statement.get(), position, static_cast<sqlite3_int64>(limit.rows));
  RowBatch rows(query.columns.size());
  while (rows.bytes() < limit.bytes && step(statement)) {
    for (int i = 0; i < static_cast<int>(query.columns.size()); ++i) {
      const auto text = [&](const void* data) {
        return std::string(static_cast<const char*>(data),
                           static_cast<std::size_t>(sqlite3_column_bytes(statement.get(), i)));
      };
      switch (sqlite3_column_type(statement.get(), i)) {
        case SQLITE_INTEGER:
          rows.addInteger(sqlite3_column_int64(statement.get(), i));
          break;
        case SQLITE_FLOAT:
          rows.addReal(sqlite3_column_double(statement.get(), i));
          break;
        case SQLITE_TEXT:
          rows.addText(text(sqlite3_column_text(statement.get(), i)));
          break;
        case SQLITE_BLOB: {
          const void* data = sqlite3_column_blob(statement.get(), i);
          rows.addBytes(data ? text(data) : std::string());
          break;
        }
        default:
          rows.addNull();
          break;
      }
    }
  }
  return rows;
}

}  // namespace kavro::import
