// Taking over a table of another service's database; see abi/import.h for what the kernel does and how values arrive.
//
//   class Notes : public kavro::Plugin {
//     ...
//     kavro::ImportTable import_{host, {.source = "notes", .target = "my_notes", .columns = {"id", "text",
//     "made_at?"}},
//                                [](kavro::Session& session, const kavro::ImportRow& row) {
//       const bool added = session.execute("INSERT INTO my_notes (id, text) VALUES ($1, $2) ON CONFLICT DO NOTHING",
//                                          row.integer(0), row.text(1)) == 1;
//       return added ? kavro::ImportResult::imported() : kavro::ImportResult::present();
//     }};
//
// Threads: made on [main] in the plugin's constructor; the function runs on the database's thread. Ownership: lives as
// long as the plugin. Errors: Error from the constructor when the kernel refuses the table; a value of an unexpected
// type is an Error that names the column, and refuses the row.
#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kavro/abi/import.h>
#include <kavro/database.hpp>
#include <kavro/error.hpp>
#include <kavro/host.hpp>
#include <kavro/text.hpp>

namespace kavro {

// "2026-01-02 03:04:05", with up to six digits of a fraction, "T" for the blank, and "Z" or "+00" behind it, as UTC:
// microseconds since 1970. Nothing for any other text, and for a moment that does not exist.
inline std::optional<int64_t> parseUtcTime(std::string_view text) {
  using namespace std::chrono;
  const auto number = [&](size_t digits) -> std::optional<int> {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(0, digits)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    return value;
  };
  const auto skip = [&](std::string_view any) {
    if (text.empty() || any.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
  };
  const auto y = number(4);
  if (!y || !skip("-")) return std::nullopt;
  const auto m = number(2);
  if (!m || !skip("-")) return std::nullopt;
  const auto d = number(2);
  if (!d || !skip(" T")) return std::nullopt;
  const auto hour = number(2);
  if (!hour || !skip(":")) return std::nullopt;
  const auto minute = number(2);
  if (!minute || !skip(":")) return std::nullopt;
  const auto second = number(2);
  if (!second) return std::nullopt;
  int fraction_us = 0;
  if (skip(".")) {
    int scale = 100000;
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    for (; scale > 0 && !text.empty() && text.front() >= '0' && text.front() <= '9'; scale /= 10) {
      fraction_us += scale * *number(1);
    }
  }
  if (!text.empty() && text != "Z" && text != "+00" && text != "+00:00") return std::nullopt;
  const year_month_day date{year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const auto moment = sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second);
  return duration_cast<microseconds>(moment.time_since_epoch()).count() + fraction_us;
}

// One row of the other database; borrowed until the function returns.
class ImportRow {
 public:
  ImportRow(const std::vector<std::string>& names, const kavro_sql_value* columns) : names_(names), columns_(columns) {}

  bool isNull(size_t column) const { return columns_[column].type == KAVRO_SQL_NULL; }
  int64_t integer(size_t column) const { return get(column, KAVRO_SQL_INTEGER, "a whole number").integer; }
  std::string_view text(size_t column) const { return fromAbi(get(column, KAVRO_SQL_TEXT, "text").text); }
  std::string_view bytes(size_t column) const { return fromAbi(get(column, KAVRO_SQL_BYTES, "binary").text); }
  // Nothing for NULL.
  std::optional<int64_t> findInteger(size_t column) const {
    return isNull(column) ? std::nullopt : std::optional(integer(column));
  }
  std::optional<std::string_view> findText(size_t column) const {
    return isNull(column) ? std::nullopt : std::optional(text(column));
  }
  // Microseconds since 1970 UTC.
  std::optional<int64_t> findTime(size_t column) const {
    if (isNull(column)) return std::nullopt;
    const std::optional<int64_t> time_us = parseUtcTime(text(column));
    if (!time_us) refuse(column, "a time such as 2026-01-02 03:04:05.678901");
    return time_us;
  }

 private:
  const decltype(kavro_sql_value::value)& get(size_t column, uint32_t type, const char* expected) const {
    if (columns_[column].type != type) refuse(column, expected);
    return columns_[column].value;
  }
  [[noreturn]] void refuse(size_t column, const char* expected) const {
    throw Error(Status::kInvalid,
                names_[column] + " is " + (isNull(column) ? "NULL" : "something else") + ", expected " + expected);
  }

  const std::vector<std::string>& names_;
  const kavro_sql_value* columns_;
};

// What became of a row. `why` is one short sentence for the report, without anything of the row in it.
class ImportResult {
 public:
  static ImportResult imported(std::string_view remark = {}) { return {KAVRO_OK, remark}; }
  static ImportResult present(std::string_view remark = {}) { return {KAVRO_CONFLICT, remark}; }
  static ImportResult refused(std::string_view why) { return {KAVRO_INVALID, why}; }

  kavro_status status() const { return status_; }
  std::string_view why() const { return why_; }

 private:
  ImportResult(kavro_status status, std::string_view why) : status_(status), why_(why) {}

  kavro_status status_;
  std::string why_;
};

class ImportTable {
 public:
  struct Description {
    std::string_view source;
    std::string_view target;           // empty: no {id} to move
    std::vector<std::string> columns;  // the key first; "name?" may be missing
    bool owner = false;                // KAVRO_IMPORT_OWNER
  };
  using Function = std::function<ImportResult(Session&, const ImportRow&)>;

  // On a server that is older than "kavro.import/1" nothing is registered.
  ImportTable(const Host& host, Description description, Function function)
      : host_(host.abi()), names_(std::move(description.columns)), function_(std::move(function)) {
    const auto* table = static_cast<const kavro_import_v1*>(host_->find_interface(host_, KAVRO_IMPORT));
    if (!table) return;
    database_ = static_cast<const kavro_database_v1*>(host_->find_interface(host_, KAVRO_DATABASE));
    std::vector<kavro_text> columns;
    for (const std::string& name : names_) columns.push_back(toAbi(name));
    kavro_import_table abi{};
    abi.size = sizeof abi;
    abi.flags = description.owner ? KAVRO_IMPORT_OWNER : 0;
    abi.source_table = toAbi(description.source);
    abi.target_table = toAbi(description.target);
    abi.columns = columns.data();
    abi.column_count = columns.size();
    abi.user = this;
    abi.import_row = importRow;
    check(table->add_table(host_, &abi), "the import of " + std::string(description.source) + " was refused");
    for (std::string& name : names_) {
      if (name.ends_with('?')) name.pop_back();
    }
  }
  ImportTable(const ImportTable&) = delete;
  ImportTable& operator=(const ImportTable&) = delete;

 private:
  static kavro_status importRow(void* user, kavro_session* session, const kavro_sql_value* columns, size_t) noexcept {
    const ImportTable& self = *static_cast<ImportTable*>(user);
    try {
      Session view(self.database_, session);
      const ImportResult result = self.function_(view, ImportRow(self.names_, columns));
      return self.say(result.status(), result.why());
    } catch (const Error& error) {
      return self.say(static_cast<kavro_status>(error.status()), error.what());
    } catch (const std::exception& error) {
      return self.say(KAVRO_ERROR, error.what());
    } catch (...) {
      return self.say(KAVRO_ERROR, "an exception that is no std::exception");
    }
  }
  kavro_status say(kavro_status status, std::string_view why) const {
    if (!why.empty()) host_->fail(host_, toAbi(why));
    return status;
  }

  const kavro_host* host_;
  const kavro_database_v1* database_ = nullptr;
  std::vector<std::string> names_;
  Function function_;
};

}  // namespace kavro
