#include "kernel/database/sqlite/statement.hpp"

#include <charconv>
#include <utility>

#include "kernel/database/sqlite/connection.hpp"
#include "kernel/database/statement_text.hpp"

namespace kavro::database::sqlite {

Statement::Prepared Statement::prepare(sqlite3* connection, std::string_view sql) {
  std::unique_ptr<Statement> statement(new Statement(sql));
  const auto prepareText = [&](std::string_view text, const char*& rest) {
    sqlite3_stmt* handle = nullptr;
    // PERSISTENT: it stays for long, so SQLite does not spend its fast memory on it.
    const int code = sqlite3_prepare_v3(connection, text.data(), static_cast<int>(text.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle, &rest);
    statement->handle_.reset(handle);
    return code;
  };

  const std::optional<std::string_view> insert = beforeReturningId(statement->sql_);
  const std::string_view text = insert.value_or(statement->sql_);
  statement->returns_id_ = insert.has_value();
  if (insert && !canReturnId(*insert)) return {nullptr, KAVRO_INVALID, std::string(kReturningIdReason)};

  // First what follows the first statement: a second one would be dropped silently, a comment is fine.
  const char* rest = nullptr;
  if (text.size() > 1'000'000) return {nullptr, KAVRO_INVALID, "the statement is longer than 1,000,000 bytes"};
  int code = prepareText(text, rest);
  if (code == SQLITE_OK && rest != text.data() + text.size()) {
    std::string_view tail = text.substr(static_cast<std::size_t>(rest - text.data()));
    if (prepareText(tail, rest) != SQLITE_OK || statement->handle_ != nullptr) {
      return {nullptr, KAVRO_INVALID, "more than one statement; expected one at a time"};
    }
    code = prepareText(text, rest);
  }
  if (code != SQLITE_OK) {
    const std::string why = code == SQLITE_AUTH
                                ? "transactions, PRAGMA, ATTACH and kavro_migrations are the kernel's own"
                                : sqlite3_errmsg(connection);
    return {nullptr, statusOf(code), why};
  }
  if (statement->handle_ == nullptr) return {nullptr, KAVRO_INVALID, "there is no statement in the text"};
  if (!statement->findPositions()) {
    return {nullptr, KAVRO_INVALID, "its parameters are not $1, $2, ... without a gap"};
  }
  statement->changes_data_ = sqlite3_stmt_readonly(statement->handle_.get()) == 0;
  return {std::move(statement), KAVRO_OK, {}};
}

bool Statement::findPositions() {
  const int count = sqlite3_bind_parameter_count(handle_.get());
  if (count > kParametersMax) return false;
  positions_.assign(static_cast<std::size_t>(count), 0);
  for (int position = 1; position <= count; ++position) {
    const char* name = sqlite3_bind_parameter_name(handle_.get(), position);
    const std::string_view digits = name != nullptr && name[0] == '$' ? name + 1 : "";
    int number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size() || number < 1 || number > count) return false;
    int& slot = positions_[static_cast<std::size_t>(number - 1)];
    if (slot != 0) return false;  // "$1" and "$01"
    slot = position;
  }
  return true;
}

Statement::Execution::~Execution() {
  // The bound texts stay bound although they are gone; the next execution binds every parameter before it steps.
  sqlite3_reset(statement_.handle_.get());
  statement_.in_use_ = false;
}

int Statement::Execution::bind(std::span<const kavro_sql_value> parameters) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const int code = bindOne(statement_.positions_[i], parameters[i]);
    if (code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

int Statement::Execution::bindOne(int position, const kavro_sql_value& value) {
  sqlite3_stmt* handle = statement_.handle_.get();
  // A null pointer would bind NULL instead of an empty text.
  const char* data = value.value.text.data != nullptr ? value.value.text.data : "";
  switch (value.type) {
    case KAVRO_SQL_NULL:
      return sqlite3_bind_null(handle, position);
    case KAVRO_SQL_INTEGER:
      return sqlite3_bind_int64(handle, position, value.value.integer);
    case KAVRO_SQL_REAL:
      return sqlite3_bind_double(handle, position, value.value.real);
    case KAVRO_SQL_TEXT:
      return sqlite3_bind_text64(handle, position, data, value.value.text.size, SQLITE_STATIC, SQLITE_UTF8);
    case KAVRO_SQL_BYTES:
      return sqlite3_bind_blob64(handle, position, data, value.value.text.size, SQLITE_STATIC);
    default:
      return SQLITE_MISUSE;
  }
}

std::span<const kavro_sql_value> Statement::Execution::row() {
  sqlite3_stmt* handle = statement_.handle_.get();
  // Asked for each row: SQLite prepares a statement anew when the schema has changed, and "*" may then be wider.
  const int count = sqlite3_data_count(handle);
  statement_.columns_.resize(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    kavro_sql_value& column = statement_.columns_[static_cast<std::size_t>(i)];
    column.reserved = 0;
    const auto text = [&](const void* data) {
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle, i));
      column.value.text = {data != nullptr ? static_cast<const char*>(data) : "", size};
    };
    switch (sqlite3_column_type(handle, i)) {
      case SQLITE_INTEGER:
        column.type = KAVRO_SQL_INTEGER;
        column.value.integer = sqlite3_column_int64(handle, i);
        break;
      case SQLITE_FLOAT:
        column.type = KAVRO_SQL_REAL;
        column.value.real = sqlite3_column_double(handle, i);
        break;
      case SQLITE_TEXT:
        column.type = KAVRO_SQL_TEXT;
        text(sqlite3_column_text(handle, i));
        break;
      case SQLITE_BLOB:
        column.type = KAVRO_SQL_BYTES;
        text(sqlite3_column_blob(handle, i));
        break;
      default:
        column.type = KAVRO_SQL_NULL;
        column.value.integer = 0;
        break;
    }
  }
  return statement_.columns_;
}

}  // namespace kavro::database::sqlite
