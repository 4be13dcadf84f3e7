#include "tests/scenarios/stored_data.hpp"

#include <sqlite3.h>

#include <memory>
#include <stdexcept>

#include "tests/services/shared_services.hpp"

namespace kavro::testing {
namespace {

namespace fs = std::filesystem;

struct CloseSqlite {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};

}  // namespace

std::string StoredData::execute(const std::string& sql) const {
  const PostgresDatabase* postgres = installation_.postgresDatabase();
  return postgres ? executeOnPostgres(postgres->url(), sql) : executeOnSqlite(sql);
}

std::string StoredData::bytes() const {
  std::string content;
  if (const PostgresDatabase* postgres = installation_.postgresDatabase()) {
    const PostgresAddress& address = sharedServices().postgres;
    executeOn(address.adminUrl(), "CHECKPOINT");
    const std::string files =
        "SELECT pg_relation_filepath(oid) FROM pg_class WHERE relkind IN ('r', 'i', 'S', 't') AND "
        "relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)";
    for (const PostgresRow& row : executeOn(address.adminUrl(postgres->name()), files)) {
      content += readFile(fs::path(address.data_folder) / row.at(0).value());
    }
    return content;
  }
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::string file = installation_.database().string() + suffix;
    if (fs::exists(file)) content += readFile(file);
  }
  return content;
}

std::string StoredData::integrity() const {
  const PostgresDatabase* postgres = installation_.postgresDatabase();
  if (!postgres) return executeOnSqlite("PRAGMA integrity_check");
  const std::string url = sharedServices().postgres.adminUrl(postgres->name());
  executeOn(url, "CREATE EXTENSION IF NOT EXISTS amcheck");
  const std::string own = " FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = ";
  const std::string heap =
      executeOnPostgres(url, "SELECT string_agg(relname || ': ' || msg, '; ') FROM (SELECT oid, relname" + own +
                                 "'r') t, " + "LATERAL verify_heapam(t.oid) found");
  if (!heap.empty()) return heap;
  try {
    executeOn(url, "SELECT bt_index_check(oid, true)" + own + "'i'");  // raises what it finds
    return "ok";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

std::string StoredData::executeOnSqlite(const std::string& sql) const {
  sqlite3* opened = nullptr;
  const int status = sqlite3_open_v2(installation_.database().c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, CloseSqlite> database(opened);
  if (status != SQLITE_OK) throw std::runtime_error("the database cannot be opened");
  std::string result;
  const auto row = [](void* user, int, char** columns, char**) {
    *static_cast<std::string*>(user) = columns[0] ? columns[0] : "";
    return 0;
  };
  if (sqlite3_exec(database.get(), sql.c_str(), row, &result, nullptr) != SQLITE_OK) {
    throw std::runtime_error("SQLite refused \"" + sql + "\": " + sqlite3_errmsg(database.get()));
  }
  return result;
}

std::string StoredData::executeOnPostgres(const std::string& url, const std::string& sql) const {
  const auto rows = executeOn(url, sql);
  if (rows.empty() || rows.back().empty()) return {};
  return rows.back()[0].value_or("");
}

}  // namespace kavro::testing
