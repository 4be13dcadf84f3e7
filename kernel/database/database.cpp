#include "kernel/database/database.hpp"

#include "kernel/database/postgresql/postgres_database.hpp"
#include "kernel/database/sqlite/sqlite_database.hpp"

namespace kavro::database {

std::unique_ptr<Database> Database::open(const Options& options) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (options.url.starts_with(kSqlite)) {
    return std::make_unique<sqlite::SqliteDatabase>(options.url.substr(kSqlite.size()), options);
  }
  if (options.url.starts_with("postgresql://") || options.url.starts_with("postgres://")) {
    return std::make_unique<postgresql::PostgresDatabase>(options);
  }
  // Only the scheme is shown: what follows it may hold a password.
  const std::string scheme = options.url.substr(0, options.url.find(':'));
  throw DatabaseError("the database url begins with '" + scheme +
                      "', which this server does not know; expected sqlite:PATH, such as sqlite:var/kavro.db, or "
                      "postgresql://USER@HOST/NAME");
}

}  // namespace kavro::database
