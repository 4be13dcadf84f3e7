// What an installation's server has stored, read past the server: through SQLite or PostgreSQL, and byte by byte.
//
// Threads: one. Errors: std::runtime_error with the database's message.
#pragma once

#include <string>

#include "tests/scenarios/installation.hpp"

namespace kavro::testing {

class StoredData {
 public:
  explicit StoredData(const Installation& installation) : installation_(installation) {}

  // Runs SQL that both databases understand: the first column of the last row, or empty.
  std::string execute(const std::string& sql) const;

  // The files as they are on the disk: SQLite's with its write-ahead log; PostgreSQL's tables and indices of this
  // database, after a checkpoint.
  std::string bytes() const;

  // "ok", or what the database finds wrong with its files.
  std::string integrity() const;

 private:
  std::string executeOnSqlite(const std::string& sql) const;
  std::string executeOnPostgres(const std::string& url, const std::string& sql) const;

  const Installation& installation_;
};

}  // namespace kavro::testing
