// The database: reads and durable writes from coroutines.
//
//   const std::optional<int64_t> id = co_await database.write([&](kavro::Session& session) {
//     std::optional<int64_t> id;
//     session.query("INSERT INTO users (name) VALUES ($1) ON CONFLICT DO NOTHING RETURNING {id}",
//                   [&](const kavro::Row& row) { id = row.integer(0); }, name);
//     return id;
//   });
//
// The function runs on another thread while the coroutine waits, so it may use the coroutine's locals by reference.
// It may run twice (a connection broke, the database asked for a retry): no effect outside the session, and start from
// scratch. After a statement has thrown, the function can only fail.
// A write that has returned is on disk. An exception rolls back what the function did and comes out of the co_await;
// a database that is away is Error(kUnavailable). See abi/database.h for the SQL that works on both engines.
#pragma once

#include <array>
#include <exception>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include <kavro/abi/database.h>
#include <kavro/error.hpp>
#include <kavro/task.hpp>
#include <kavro/text.hpp>

namespace kavro {

// Binary data as a parameter; a string_view is text.
struct Bytes {
  std::string_view data;
};

// One row of a result; valid inside the visit.
class Row {
 public:
  Row(const kavro_sql_value* columns, size_t count) : columns_(columns, count) {}

  bool isNull(size_t column) const { return at(column).type == KAVRO_SQL_NULL; }
  int64_t integer(size_t column) const {
    expect(column, KAVRO_SQL_INTEGER, "an integer");
    return columns_[column].value.integer;
  }
  std::string_view text(size_t column) const {
    expect(column, KAVRO_SQL_TEXT, "text");
    return fromAbi(columns_[column].value.text);
  }
  std::string_view bytes(size_t column) const {
    expect(column, KAVRO_SQL_BYTES, "bytes");
    return fromAbi(columns_[column].value.text);
  }
  // Nothing for NULL.
  std::optional<std::string_view> findText(size_t column) const {
    if (isNull(column)) return std::nullopt;
    return text(column);
  }

 private:
  const kavro_sql_value& at(size_t column) const {
    if (column >= columns_.size()) throw Error(Status::kInvalid, "no column " + std::to_string(column));
    return columns_[column];
  }
  void expect(size_t column, uint32_t type, const char* name) const {
    if (at(column).type != type) {
      throw Error(Status::kInvalid, "column " + std::to_string(column) + " is not " + name);
    }
  }

  std::span<const kavro_sql_value> columns_;
};

namespace detail {

inline kavro_sql_value sqlValue(std::nullptr_t) { return {KAVRO_SQL_NULL, 0, {0}}; }
template <class Integer>
  requires std::is_integral_v<Integer>
kavro_sql_value sqlValue(Integer number) {
  kavro_sql_value value{KAVRO_SQL_INTEGER, 0, {0}};
  value.value.integer = static_cast<int64_t>(number);
  return value;
}
inline kavro_sql_value sqlValue(double number) {
  kavro_sql_value value{KAVRO_SQL_REAL, 0, {0}};
  value.value.real = number;
  return value;
}
inline kavro_sql_value sqlValue(std::string_view text) {
  kavro_sql_value value{KAVRO_SQL_TEXT, 0, {0}};
  value.value.text = toAbi(text);
  return value;
}
inline kavro_sql_value sqlValue(Bytes bytes) {
  kavro_sql_value value{KAVRO_SQL_BYTES, 0, {0}};
  value.value.text = toAbi(bytes.data);
  return value;
}
template <class Value>
kavro_sql_value sqlValue(const std::optional<Value>& optional) {
  return optional ? sqlValue(*optional) : sqlValue(nullptr);
}

}  // namespace detail

// The database inside one read or write function.
class Session {
 public:
  Session(const kavro_database_v1* table, kavro_session* session) : table_(table), session_(session) {}

  // Runs a statement without looking at rows; returns the number of rows changed.
  template <class... Parameters>
  int64_t execute(std::string_view sql, const Parameters&... parameters) {
    return run(sql, nullptr, nullptr, parameters...);
  }

  // Runs a statement and calls visit(const Row&) for each row. A visit that returns bool ends the query with false.
  template <class Visit, class... Parameters>
  int64_t query(std::string_view sql, Visit&& visit, const Parameters&... parameters) {
    using Function = std::remove_reference_t<Visit>;
    struct State {
      Function& visit;
      std::exception_ptr thrown = nullptr;
      bool ended = false;
    } state{visit};
    const auto row = [](void* user, const kavro_sql_value* columns, size_t count) -> kavro_status {
      State& self = *static_cast<State*>(user);
      try {
        if constexpr (std::is_same_v<std::invoke_result_t<Function&, const Row&>, bool>) {
          self.ended = !self.visit(Row(columns, count));
          return self.ended ? KAVRO_ERROR : KAVRO_OK;
        } else {
          self.visit(Row(columns, count));
          return KAVRO_OK;
        }
      } catch (...) {
        self.thrown = std::current_exception();
        return KAVRO_ERROR;
      }
    };
    try {
      return run(sql, row, &state, parameters...);
    } catch (const Error&) {
      if (state.thrown) std::rethrow_exception(state.thrown);
      if (state.ended) return 0;
      throw;
    }
  }

 private:
  template <class... Parameters>
  int64_t run(std::string_view sql, kavro_row_fn row, void* user, const Parameters&... parameters) {
    const std::array<kavro_sql_value, sizeof...(Parameters)> values{detail::sqlValue(parameters)...};
    int64_t affected = 0;
    const kavro_status status =
        table_->execute(session_, toAbi(sql), values.data(), values.size(), row, user, &affected);
    if (status != KAVRO_OK) {
      throw Error(static_cast<Status>(status), std::string(fromAbi(table_->why(session_))));
    }
    return affected;
  }

  const kavro_database_v1* table_;
  kavro_session* session_;
};

namespace detail {

// The awaiter of one read or write. Function: Result(Session&), Result not void.
template <class Function>
class DatabaseCall : public Callback<DatabaseCall<Function>> {
 public:
  using Result = std::invoke_result_t<Function&, Session&>;
  using Start = void (*)(const kavro_host*, kavro_session_fn, kavro_done_fn, void*);

  DatabaseCall(const kavro_host* host, const kavro_database_v1* table, Start begin, Function function)
      : host_(host), table_(table), start_(begin), function_(std::move(function)) {}

  void start() {
    start_(
        host_, [](void* user, kavro_session* session) { return static_cast<DatabaseCall*>(user)->run(session); },
        [](void* user, kavro_status status) {
          DatabaseCall& self = *static_cast<DatabaseCall*>(user);
          self.status_ = status;
          self.finish();
        },
        this);
  }

  Result await_resume() {
    if (thrown_) std::rethrow_exception(thrown_);
    if (status_ == KAVRO_UNAVAILABLE) throw Error(Status::kUnavailable, "the database is not available");
    check(status_, "the database refused");
    return std::move(*result_);
  }

 private:
  kavro_status run(kavro_session* session) {
    result_.reset();
    thrown_ = nullptr;
    try {
      Session view(table_, session);
      result_.emplace(function_(view));
      return KAVRO_OK;
    } catch (const Error& error) {
      thrown_ = std::current_exception();
      return static_cast<kavro_status>(error.status());
    } catch (...) {
      thrown_ = std::current_exception();
      return KAVRO_ERROR;
    }
  }

  const kavro_host* host_;
  const kavro_database_v1* table_;
  Start start_;
  Function function_;
  std::optional<Result> result_;
  std::exception_ptr thrown_;
  kavro_status status_ = KAVRO_ERROR;
};

// The awaiter of a write that is one statement.
template <class Visit, size_t kParameters>
class StatementCall : public Callback<StatementCall<Visit, kParameters>> {
 public:
  StatementCall(const kavro_host* host, const kavro_database_v1* table, std::string_view sql, std::string_view lock,
                Visit visit, const std::array<kavro_sql_value, kParameters>& values)
      : host_(host), table_(table), sql_(sql), lock_(lock), visit_(std::move(visit)), values_(values) {}

  void start() {
    statement_ = {sizeof statement_, 0, toAbi(sql_), values_.data(), values_.size(), &StatementCall::takeRow, this,
                  toAbi(lock_)};
    table_->write_statement(
        host_, &statement_,
        [](void* user, kavro_status status) {
          StatementCall& self = *static_cast<StatementCall*>(user);
          self.status_ = status;
          self.finish();
        },
        this);
  }

  void await_resume() {
    if (thrown_) std::rethrow_exception(thrown_);
    if (status_ == KAVRO_UNAVAILABLE) throw Error(Status::kUnavailable, "the database is not available");
    check(status_, "the database refused");
  }

 private:
  static kavro_status takeRow(void* user, const kavro_sql_value* columns, size_t count) {
    StatementCall& self = *static_cast<StatementCall*>(user);
    try {
      self.thrown_ = nullptr;
      self.visit_(Row(columns, count));
      return KAVRO_OK;
    } catch (...) {
      self.thrown_ = std::current_exception();
      return KAVRO_ERROR;
    }
  }

  const kavro_host* host_;
  const kavro_database_v1* table_;
  std::string_view sql_;
  std::string_view lock_;
  Visit visit_;
  std::array<kavro_sql_value, kParameters> values_;
  kavro_statement statement_{};
  std::exception_ptr thrown_;
  kavro_status status_ = KAVRO_ERROR;
};

}  // namespace detail

class Database {
 public:
  Database(const kavro_host* host, const kavro_database_v1* table) : host_(host), table_(table) {}

  // A step of the plugin's schema, in the constructor only: versions 1, 2, 3, ...; never change a released one.
  void migration(uint32_t version, std::string_view summary, std::string_view sql) const {
    check(table_->add_migration(host_, version, toAbi(summary), toAbi(sql)),
          "migration " + std::to_string(version) + " was refused");
  }

  // co_await read(f): f(Session&) sees one consistent state. Keep it short: it may run on the reactor.
  template <class Function>
  detail::DatabaseCall<Function> read(Function function) const {
    return {host_, table_, table_->read, std::move(function)};
  }
  // co_await write(f): f(Session&) in a transaction; durable when it returns.
  template <class Function>
  detail::DatabaseCall<Function> write(Function function) const {
    return {host_, table_, table_->write, std::move(function)};
  }
  // co_await writeStatement(sql, lock, visit, parameters...): a write that is one statement, and quicker where each is a
  // round trip. visit(const Row&) sees the rows of RETURNING. With a `lock` (a name; may be empty) no two writes of that
  // name overlap, so that ids grow in the order in which they can be seen. The arguments must live until it returns.
  template <class Visit, class... Parameters>
  auto writeStatement(std::string_view sql, std::string_view lock, Visit visit, const Parameters&... parameters) const {
    const std::array<kavro_sql_value, sizeof...(Parameters)> values{detail::sqlValue(parameters)...};
    return detail::StatementCall<Visit, sizeof...(Parameters)>(host_, table_, sql, lock, std::move(visit), values);
  }

 private:
  const kavro_host* host_;
  const kavro_database_v1* table_;
};

}  // namespace kavro
