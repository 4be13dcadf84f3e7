// The database that is read: tables, columns, and rows in the order of a key. Nothing is written to it, and everything
// read through one Source is of one moment (one transaction).
//
// Threads: one at a time. Errors: SourceError, worded for the operator; no password is in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernel/import/row_batch.hpp"
#include "kernel/import/source_url.hpp"

namespace kavro::import {

class SourceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What to read of a table. An empty column is one that is not there: NULL.
struct TableQuery {
  std::string table;
  std::vector<std::string> columns;  // the first is the key, whole numbers
  std::optional<std::int64_t> after;
};

// How much one read may take: whichever is reached first, and at least one row.
struct ReadLimit {
  std::size_t rows;
  std::size_t bytes;
};

class Source {
 public:
  static std::unique_ptr<Source> open(const SourceUrl& url);
  virtual ~Source() = default;

  // The tables, sorted. Those of the database system itself are left out.
  virtual std::vector<std::string> tables() = 0;
  virtual std::vector<std::string> columns(const std::string& table) = 0;

  // How many rows there are after `query.after`.
  virtual std::uint64_t count(const TableQuery& query) = 0;
  // Whether there is a row with the key `query.after`.
  virtual bool has(const TableQuery& query) = 0;

  // The next rows after `query.after` by ascending key. Empty: there are no more.
  virtual RowBatch read(const TableQuery& query, ReadLimit limit) = 0;
};

// SQL that both kinds understand. With `after` its parameters are the key and, in selectSql, how many rows; without it
// only the latter.
std::string quoteName(const std::string& name);
std::string selectSql(const TableQuery& query);
std::string countSql(const TableQuery& query);
std::string hasSql(const TableQuery& query);

}  // namespace kavro::import
