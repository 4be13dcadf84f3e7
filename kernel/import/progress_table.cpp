#include "kernel/import/progress_table.hpp"

#include <kavro/utc_time.hpp>

namespace kavro::import {

RowCounts& RowCounts::operator+=(const RowCounts& other) {
  read += other.read;
  imported += other.imported;
  present += other.present;
  refused += other.refused;
  return *this;
}

void ProgressTable::create(Session& session) const {
  session.execute(
      "CREATE TABLE IF NOT EXISTS kavro_imports (source TEXT NOT NULL, plugin TEXT NOT NULL,"
      " source_table TEXT NOT NULL, last_key BIGINT NOT NULL, rows_read BIGINT NOT NULL,"
      " rows_imported BIGINT NOT NULL, rows_present BIGINT NOT NULL, rows_refused BIGINT NOT NULL,"
      " updated_us BIGINT NOT NULL, PRIMARY KEY (source, plugin, source_table))");
}

std::optional<Progress> ProgressTable::find(Session& session, std::string_view plugin, std::string_view table) const {
  std::optional<Progress> found;
  session.query(
      "SELECT last_key, rows_read, rows_imported, rows_present, rows_refused FROM kavro_imports "
      "WHERE source = $1 AND plugin = $2 AND source_table = $3",
      [&](const Row& row) {
        const auto count = [&](std::size_t column) { return static_cast<std::uint64_t>(row.integer(column)); };
        found = Progress{row.integer(0), {count(1), count(2), count(3), count(4)}};
      },
      std::string_view(source_), plugin, table);
  return found;
}

void ProgressTable::store(Session& session, std::string_view plugin, std::string_view table,
                          const Progress& progress) const {
  const RowCounts& counts = progress.counts;
  session.execute(
      "INSERT INTO kavro_imports (source, plugin, source_table, last_key, rows_read, rows_imported, rows_present,"
      " rows_refused, updated_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
      "ON CONFLICT (source, plugin, source_table) DO UPDATE SET last_key = excluded.last_key,"
      " rows_read = excluded.rows_read, rows_imported = excluded.rows_imported,"
      " rows_present = excluded.rows_present, rows_refused = excluded.rows_refused, updated_us = excluded.updated_us",
      std::string_view(source_), plugin, table, progress.last_key, counts.read, counts.imported, counts.present,
      counts.refused, utcNowUs());
}

void ProgressTable::forget(Session& session, std::string_view plugin, std::string_view table) const {
  session.execute("DELETE FROM kavro_imports WHERE source = $1 AND plugin = $2 AND source_table = $3",
                  std::string_view(source_), plugin, table);
}

}  // namespace kavro::import
