#include "kernel/database/database.hpp"

#include "kernel/database/postgresql/postgres_database.hpp"
#include "kernel/database/postgresql/probe.hpp"
#include "kernel/database/probe.hpp"
#include "kernel/database/sqlite/probe.hpp"
#include "kernel/database/sqlite/sqlite_database.hpp"

namespace kavro::database {

namespace {

constexpr std::string_view kSqlite = "sqlite:";

bool isPostgres(std::string_view url) { return url.starts_with("postgresql://") || url.starts_with("postgres://"); }

}  // namespace

std::string whyNoUrl(const std::string& url) {
  if (url.starts_with(kSqlite)) return {};
  if (isPostgres(url)) return postgresql::whyNoUrl(url);
  return "is neither sqlite:PATH nor postgresql://USER@HOST/NAME";
}

ProbeResult probe(const Options& options) {
  if (options.url.starts_with(kSqlite)) return sqlite::probe(options.url.substr(kSqlite.size()));
  return postgresql::probe(options);
}

std::unique_ptr<Database> Database::open(const Options& options) {
  if (options.url.starts_with(kSqlite)) {
    return std::make_unique<sqlite::SqliteDatabase>(options.url.substr(kSqlite.size()), options);
  }
  if (isPostgres(options.url)) return std::make_unique<postgresql::PostgresDatabase>(options);
  // Only the scheme is shown: what follows it may hold a password.
  const std::string scheme = options.url.substr(0, options.url.find(':'));
  throw DatabaseError("the database url begins with '" + scheme +
                      "', which this server does not know; expected sqlite:PATH, such as sqlite:var/kavro.db, or "
                      "postgresql://USER@HOST/NAME");
}

}  // namespace kavro::database
