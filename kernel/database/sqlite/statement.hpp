// A prepared SQLite statement with parameters $1, $2, ... and rows as kavro_sql_value.
//
// Threads: its connection's. Ownership: finalised by the destructor, before the connection is closed.
// Errors: SQLite's extended result codes; the connection's message tells more.
//
// | KAVRO_SQL_ | in SQLite | back            |
// |------------|-----------|-----------------|
// | NULL       | NULL      | NULL            |
// | INTEGER    | INTEGER   | INTEGER         |
// | REAL       | REAL      | REAL (NaN: NULL)|
// | TEXT       | TEXT      | TEXT            |
// | BYTES      | BLOB      | BYTES           |
#pragma once

#include <kavro/abi/database.h>
#include <sqlite3.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kavro::database::sqlite {

class Statement {
 public:
  // What preparing came to: a statement, or a status and why.
  struct Prepared;

  // Parameters a statement may have; SQLite's own limit is 250,000.
  static constexpr int kParametersMax = 1000;

  static Prepared prepare(sqlite3* connection, std::string_view sql);

  const std::string& sql() const { return sql_; }
  std::size_t parameterCount() const { return positions_.size(); }
  bool changesData() const { return changes_data_; }
  // Its text ends with RETURNING {id}, which SQLite does not see: what it keeps of the new row is asked for instead,
  // because its own RETURNING makes a table for the result, at half the price of the insert.
  bool returnsId() const { return returns_id_; }
  bool inUse() const { return in_use_; }

  // One execution: takes the statement, and gives it back reset, whatever happens in between.
  class Execution {
   public:
    explicit Execution(Statement& statement) : statement_(statement) { statement_.in_use_ = true; }
    ~Execution();
    Execution(const Execution&) = delete;
    Execution& operator=(const Execution&) = delete;

    // As many as parameterCount(). They are borrowed until the end of the execution.
    int bind(std::span<const kavro_sql_value> parameters);

    // SQLITE_ROW, SQLITE_DONE or an error.
    int step() { return sqlite3_step(statement_.handle_.get()); }

    // The row that step() arrived at. Borrowed until the next step.
    std::span<const kavro_sql_value> row();

   private:
    int bindOne(int position, const kavro_sql_value& value);

    Statement& statement_;
  };

 private:
  struct Finalise {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };

  explicit Statement(std::string_view sql) : sql_(sql) {}
  bool findPositions();

  const std::string sql_;
  std::unique_ptr<sqlite3_stmt, Finalise> handle_;
  std::vector<int> positions_;  // of $1, $2, ... in SQLite's numbering, which goes by first appearance
  std::vector<kavro_sql_value> columns_;
  bool changes_data_ = false;
  bool returns_id_ = false;
  bool in_use_ = false;
};

struct Statement::Prepared {
  std::unique_ptr<Statement> statement;  // null unless status is KAVRO_OK
  kavro_status status;
  std::string why;
};

}  // namespace kavro::database::sqlite
