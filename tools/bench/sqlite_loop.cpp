// SQLite alone: inserts the rows of a table into an empty copy of it, durable, a fixed number to a commit. What a
// server that stores the same rows can be measured against.
//
//   bench_sqlite_loop SOURCE TABLE TARGET GROUP SECONDS
//
// Reads the schema of TABLE and up to kSampleRows of its rows from the database SOURCE, makes the new database TARGET
// with the same table and indexes (WAL, synchronous = FULL), inserts the sample over and over without its primary key,
// GROUP rows to a commit, and prints "ROWS SECONDS".
#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr int kSampleRows = 10000;

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  void operator()(sqlite3_value* value) const { sqlite3_value_free(value); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Close>;
using Value = std::unique_ptr<sqlite3_value, Close>;
using Row = std::vector<Value>;

class Database {
 public:
  explicit Database(const std::string& path, int flags) {
    sqlite3* opened = nullptr;
    const int result = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
    handle_.reset(opened);
    if (result != SQLITE_OK) throw std::runtime_error(path + ": " + sqlite3_errmsg(opened));
  }

  Statement prepare(const std::string& sql) const {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_.get(), sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) fail(sql);
    return Statement(statement);
  }

  // True: there is a row.
  bool step(const Statement& statement) const {
    const int result = sqlite3_step(statement.get());
    if (result != SQLITE_ROW && result != SQLITE_DONE) fail(sqlite3_sql(statement.get()));
    return result == SQLITE_ROW;
  }

  void execute(const std::string& sql) const {
    if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
  }

  // The first column of all rows.
  std::vector<std::string> texts(const std::string& sql) const {
    std::vector<std::string> found;
    const Statement statement = prepare(sql);
    while (step(statement)) {
      found.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), 0)));
    }
    return found;
  }

 private:
  [[noreturn]] void fail(const std::string& sql) const {
    throw std::runtime_error(sql + ": " + sqlite3_errmsg(handle_.get()));
  }

  std::unique_ptr<sqlite3, Close> handle_;
};

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::vector<Row> readRows(const Database& source, const std::string& select) {
  std::vector<Row> rows;
  const Statement statement = source.prepare(select);
  while (source.step(statement)) {
    Row& row = rows.emplace_back();
    for (int i = 0; i < sqlite3_column_count(statement.get()); ++i) {
      row.emplace_back(sqlite3_value_dup(sqlite3_column_value(statement.get(), i)));
    }
  }
  return rows;
}

void run(char** arguments) {
  const std::string table = arguments[2], target_path = arguments[3];
  const long group = std::stol(arguments[4]);
  const std::chrono::duration<double> time(std::stod(arguments[5]));
  const Database source(arguments[1], SQLITE_OPEN_READONLY);
  const auto schema = source.texts("SELECT sql FROM sqlite_schema WHERE tbl_name = '" + table +
                                   "' AND sql IS NOT NULL ORDER BY type DESC");  // the table, then its indexes
  const auto columns = source.texts("SELECT name FROM pragma_table_info('" + table + "') WHERE pk = 0");
  if (schema.empty()) throw std::runtime_error(std::string(arguments[1]) + ": there is no table " + table);
  const auto rows =
      readRows(source, "SELECT " + joined(columns) + " FROM " + table + " LIMIT " + std::to_string(kSampleRows));
  if (rows.empty()) throw std::runtime_error(std::string(arguments[1]) + ": the table " + table + " has no rows");

  if (std::filesystem::exists(target_path)) throw std::runtime_error(target_path + " is there; expected a new file");
  const Database target(target_path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  target.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  for (const std::string& statement : schema) target.execute(statement);
  const Statement insert = target.prepare("INSERT INTO " + table + " (" + joined(columns) + ") VALUES (" +
                                          joined(std::vector<std::string>(columns.size(), "?")) + ")");

  long inserted = 0;
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start); };
  while (elapsed() < time) {
    target.execute("BEGIN IMMEDIATE");
    for (long i = 0; i < group; ++i) {
      const Row& row = rows[inserted++ % rows.size()];
      for (std::size_t column = 0; column < row.size(); ++column) {
        sqlite3_bind_value(insert.get(), static_cast<int>(column) + 1, row[column].get());
      }
      target.step(insert);
      sqlite3_reset(insert.get());
    }
    target.execute("COMMIT");
  }
  std::cout << inserted << ' ' << elapsed().count() << '\n';
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::cerr << "Usage: bench_sqlite_loop SOURCE TABLE TARGET GROUP SECONDS\n";
    return 64;
  }
  try {
    run(arguments);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_sqlite_loop: " << error.what() << '\n';
    return 1;
  }
}
