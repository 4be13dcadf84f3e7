// A PostgreSQL database, through one connection with one read-only transaction (REPEATABLE READ). Works through
// pgbouncer, too: everything that is set is set for the transaction.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

#include "kernel/import/source.hpp"

namespace kavro::import {

class PostgresSource final : public Source {
 public:
  explicit PostgresSource(const SourceUrl& url);

  std::vector<std::string> tables() override;
  std::vector<std::string> columns(const std::string& table) override;
  std::uint64_t count(const TableQuery& query) override;
  bool has(const TableQuery& query) override;
  RowBatch read(const TableQuery& query, ReadLimit limit) override;

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using Result = std::unique_ptr<PGresult, Clear>;

  Result execute(const std::string& sql, const std::vector<std::string>& parameters);
  std::vector<std::string> texts(const std::string& sql, const std::vector<std::string>& parameters);
  std::uint64_t number(const std::string& sql, const TableQuery& query);
  void addRow(RowBatch& rows, const PGresult* result);
  [[noreturn]] void fail(const std::string& what);

  const std::string shown_;
  std::unique_ptr<PGconn, Finish> connection_;
};

}  // namespace kavro::import
