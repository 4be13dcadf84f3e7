#include "kernel/database/sqlite/damage.hpp"

#include <sqlite3.h>

#include <memory>

namespace kavro::database::sqlite {

namespace {

struct Close {
  void operator()(sqlite3* connection) const { sqlite3_close(connection); }
};

bool isDamage(int code) { return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB; }

}  // namespace

std::string findDamage(const std::string& uri, Look look) {
  sqlite3* opened = nullptr;
  int code =
      sqlite3_open_v2(uri.c_str(), &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
  const std::unique_ptr<sqlite3, Close> connection(opened);
  if (code != SQLITE_OK) return isDamage(code) ? sqlite3_errmsg(opened) : "";
  sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);

  std::string found;
  const auto keep = [](void* result, int, char** values, char**) {
    if (values[0] != nullptr) *static_cast<std::string*>(result) = values[0];
    return 0;
  };
  // cell_size_check: a prepared file must not make SQLite misbehave.
  const std::string sql = look == Look::kPages ? "PRAGMA quick_check(1)" : "SELECT 'ok' FROM sqlite_schema";
  code = sqlite3_exec(opened, ("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; " + sql).c_str(), keep,
                      &found, nullptr);
  if (code != SQLITE_OK) return isDamage(code) ? sqlite3_errmsg(opened) : "";
  return found == "ok" ? "" : found;  // empty: a database without tables
}

std::string uriOf(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%')
      uri += "%25";
    else if (c == '?')
      uri += "%3f";
    else if (c == '#')
      uri += "%23";
    else
      uri += c;
  }
  return uri;
}

}  // namespace kavro::database::sqlite
