// How far the import of each table has come, kept in the database that is imported into and changed in the same
// transaction as its rows, so that both are always the same.
//
//   kavro_imports  source        TEXT     SourceUrl::shown
//                  plugin        TEXT     who takes the table over
//                  source_table  TEXT
//                  last_key      BIGINT   the greatest key dealt with
//                  rows_read, rows_imported, rows_present, rows_refused  BIGINT   by all runs together
//                  updated_us    BIGINT   microseconds since 1970 UTC
//                  primary key (source, plugin, source_table)
//
// Threads: the session's. Errors: kavro::Error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kavro/database.hpp>

namespace kavro::import {

// Rows of a table by what became of them.
struct RowCounts {
  std::uint64_t read = 0;
  std::uint64_t imported = 0;
  std::uint64_t present = 0;  // there already
  std::uint64_t refused = 0;

  RowCounts& operator+=(const RowCounts& other);
};

struct Progress {
  std::int64_t last_key = 0;
  RowCounts counts;
};

class ProgressTable {
 public:
  explicit ProgressTable(std::string source) : source_(std::move(source)) {}

  void create(Session& session) const;
  std::optional<Progress> find(Session& session, std::string_view plugin, std::string_view table) const;
  void store(Session& session, std::string_view plugin, std::string_view table, const Progress& progress) const;
  // As if nothing of the table had been imported.
  void forget(Session& session, std::string_view plugin, std::string_view table) const;

 private:
  std::string source_;
};

}  // namespace kavro::import
