#include "kernel/import/source_url.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

namespace kavro::import {
namespace {

constexpr const char* kExpected =
    "expected postgresql://USER:PASSWORD@HOST:PORT/NAME or sqlite:PATH, as in the other service's DATABASE_URL";

// asyncpg calls libpq's sslmode "ssl"; the values are the same.
std::string renameSsl(std::string url) {
  for (const std::string_view mark : {"?ssl=", "&ssl="}) {
    const std::size_t found = url.find(mark);
    if (found != std::string::npos) url.replace(found + 1, 3, "sslmode");
  }
  return url;
}

std::variant<SourceUrl, std::string> parsePostgres(std::string_view driver, std::string_view rest) {
  SourceUrl url;
  url.kind = SourceUrl::Kind::kPostgres;
  url.connection = "postgresql://" + std::string(rest);
  if (driver == "asyncpg") url.connection = renameSsl(std::move(url.connection));

  // libpq ends the authority at a "/" within a password, and takes what is behind it for the database: that is shown.
  const std::string_view before_parameters = rest.substr(0, rest.find('?'));
  const std::size_t slash = before_parameters.find('/');
  if (slash != std::string_view::npos && before_parameters.find('@', slash) != std::string_view::npos) {
    return "has an @ behind a /; a password's special characters are written as %XX: / is %2F, @ is %40; " +
           std::string(kExpected);
  }
  // It ends user and password at the first "@", so that the rest of a password with another would be shown as host or port.
  const std::string_view authority = before_parameters.substr(0, slash);
  if (std::count(authority.begin(), authority.end(), '@') > 1) {
    return "has more than one @; a password's special characters are written as %XX: / is %2F, @ is %40; " +
           std::string(kExpected);
  }
  // libpq's message quotes the URL, password and all, so it is not passed on.
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.connection.c_str(), nullptr), PQconninfoFree);
  if (!options) {
    return "is no URL that PostgreSQL's client library understands (a password's special characters are written as "
           "%XX, "
           "and parameters are those of libpq); " +
           std::string(kExpected);
  }
  std::string host, port, name;
  for (const PQconninfoOption* option = options.get(); option->keyword; ++option) {
    const std::string_view keyword = option->keyword;
    if (!option->val) continue;
    if (keyword == "host" || (keyword == "hostaddr" && host.empty())) host = option->val;
    if (keyword == "port") port = option->val;
    if (keyword == "dbname") name = option->val;
  }
  if (name.empty()) return "names no database; " + std::string(kExpected);
  url.shown = "postgresql://" + (host.empty() ? "localhost" : host) + (port.empty() ? "" : ":" + port) + "/" + name;
  return url;
}

std::variant<SourceUrl, std::string> parseSqlite(std::string_view rest) {
  if (rest.starts_with("///")) {
    rest.remove_prefix(3);
  } else if (rest.starts_with("//")) {
    return "has a host, which SQLite knows nothing of: write sqlite:///relative/path or sqlite:////absolute/path";
  }
  rest = rest.substr(0, rest.find('?'));
  if (rest.empty() || rest == ":memory:") return "names no file; expected sqlite:PATH";
  std::error_code error;
  std::filesystem::path path = std::filesystem::canonical(rest, error);
  if (error) path = std::filesystem::absolute(rest).lexically_normal();  // opening it will say what is wrong
  SourceUrl url;
  url.kind = SourceUrl::Kind::kSqlite;
  url.connection = path.string();
  url.shown = "sqlite:" + path.string();
  return url;
}

}  // namespace

std::variant<SourceUrl, std::string> SourceUrl::parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view scheme = colon == std::string_view::npos ? std::string_view() : text.substr(0, colon);
  const std::size_t plus = scheme.find('+');
  const std::string_view kind = scheme.substr(0, plus);
  const std::string_view driver = plus == std::string_view::npos ? std::string_view() : scheme.substr(plus + 1);
  if (kind == "sqlite") return parseSqlite(text.substr(colon + 1));
  if (kind == "postgresql" || kind == "postgres") {
    const std::string_view rest = text.substr(colon + 1);
    if (!rest.starts_with("//")) return std::string(kExpected);
    return parsePostgres(driver, rest.substr(2));
  }
  return std::string(kExpected);
}

}  // namespace kavro::import
