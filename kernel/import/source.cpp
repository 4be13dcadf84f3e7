#include "kernel/import/source.hpp"

#include "kernel/import/postgres_source.hpp"
#include "kernel/import/sqlite_source.hpp"

namespace kavro::import {

std::unique_ptr<Source> Source::open(const SourceUrl& url) {
  if (url.kind == SourceUrl::Kind::kPostgres) return std::make_unique<PostgresSource>(url);
  return std::make_unique<SqliteSource>(url);
}

std::string quoteName(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

namespace {

std::string where(const TableQuery& query) {
  return " FROM " + quoteName(query.table) + (query.after ? " WHERE " + quoteName(query.columns[0]) + " > $1" : "");
}

}  // namespace

std::string selectSql(const TableQuery& query) {
  std::string sql = "SELECT ";
  for (std::size_t i = 0; i < query.columns.size(); ++i) {
    sql += (i > 0 ? ", " : "") + (query.columns[i].empty() ? "NULL" : quoteName(query.columns[i]));
  }
  return sql + where(query) + " ORDER BY " + quoteName(query.columns[0]) + (query.after ? " LIMIT $2" : " LIMIT $1");
}

std::string countSql(const TableQuery& query) { return "SELECT count(*)" + where(query); }

std::string hasSql(const TableQuery& query) {
  return "SELECT count(*) FROM " + quoteName(query.table) + " WHERE " + quoteName(query.columns[0]) + " = $1";
}

}  // namespace kavro::import
