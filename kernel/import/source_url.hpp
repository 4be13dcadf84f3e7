// Which database to import from, as the operator wrote it, or as the other service's configuration has it.
//
//   postgresql://USER:PASSWORD@HOST:PORT/NAME    also postgres://, and with the driver that SQLAlchemy is told:
//                                                postgresql+asyncpg://; parameters as libpq's (?sslmode=require)
//   sqlite:PATH                                  also sqlite:///PATH and sqlite+aiosqlite:///PATH as SQLAlchemy writes
//                                                it: three slashes and a relative path, four and an absolute one
//
// Pure. Errors: parse() says why not, without the password.
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace kavro::import {

struct SourceUrl {
  enum class Kind { kPostgres, kSqlite } kind = Kind::kSqlite;
  std::string connection;  // for libpq, with the password; or the file's absolute path
  std::string shown;       // for people, reports and the progress that is kept: no user, no password, no parameters

  // A SourceUrl, or why it is none, as a phrase that can follow "--from: ".
  static std::variant<SourceUrl, std::string> parse(std::string_view text);
};

}  // namespace kavro::import
