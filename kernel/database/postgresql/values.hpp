// Parameters and columns on their way to and from PostgreSQL.
//
// A parameter is sent with the type its value has, so the same SQL means the same on every database:
//
// | KAVRO_SQL_ | sent as                 | comes back from                                                |
// |------------|-------------------------|----------------------------------------------------------------|
// | NULL       | NULL of no type         | NULL                                                           |
// | INTEGER    | bigint                  | smallint, integer, bigint, boolean, oid; numeric without a rest |
// | REAL       | double precision        | real, double precision; other numeric                          |
// | TEXT       | text                    | text, varchar, char, name, json                                |
// | BYTES      | bytea                   | bytea                                                          |
//
// Formats: https://www.postgresql.org/docs/15/protocol-overview.html (binary: network byte order).
// Threads: one. Errors: a reason.
#pragma once

#include <kavro/abi/database.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/database/postgresql/connection.hpp"

namespace kavro::database::postgresql {

// Parameters in libpq's form. Texts and bytes are borrowed until the next set().
class ParameterList {
 public:
  static constexpr std::size_t kParametersMax = 1000;

  // Empty, or why these cannot be sent.
  std::string set(std::span<const kavro_sql_value> parameters);

  const Connection::Values& values() const { return values_; }

 private:
  Connection::Values values_;
  std::vector<std::array<char, 8>> numbers_;
};

// The rows of a result, one at a time.
class RowReader {
 public:
  explicit RowReader(const PGresult* result);

  int rows() const { return rows_; }
  // The columns of a row; borrowed from the result until the next read(). Empty with why() when one cannot be read.
  std::span<const kavro_sql_value> read(int row);
  const std::string& why() const { return why_; }

 private:
  bool readColumn(int row, int column, kavro_sql_value& value);
  bool refuse(int column, std::string_view why);

  const PGresult* const result_;
  const int rows_;
  std::vector<kavro_sql_value> columns_;
  std::string why_;
};

}  // namespace kavro::database::postgresql
