// A SQLite file, opened for reading only. Nothing is written beside it: a file in WAL mode that nobody has open is read
// as it is, without the files that SQLite would make for it.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>

#include "kernel/import/source.hpp"

namespace kavro::import {

class SqliteSource final : public Source {
 public:
  explicit SqliteSource(const SourceUrl& url);

  std::vector<std::string> tables() override;
  std::vector<std::string> columns(const std::string& table) override;
  std::uint64_t count(const TableQuery& query) override;
  bool has(const TableQuery& query) override;
  RowBatch read(const TableQuery& query, ReadLimit limit) override;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };
  struct Finalise {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalise>;

  Statement prepare(const std::string& sql);
  bool step(const Statement& statement);  // false: no more rows
  std::vector<std::string> texts(const std::string& sql, const std::string& parameter);
  std::uint64_t number(const std::string& sql, const std::optional<std::int64_t>& parameter);
  [[noreturn]] void fail(int code) const;

  const std::string file_;
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace kavro::import
