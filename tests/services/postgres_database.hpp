// A database of one test's own on a running PostgreSQL: made with the object, dropped with it.
//
// It belongs to the role kavro, which is no superuser; execute() speaks as that role, so as Kavro does.
// Threads: one. Errors: std::runtime_error with PostgreSQL's message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kavro::testing {

// Where a PostgreSQL is and how to get in.
struct PostgresAddress {
  std::uint16_t port = 0;
  std::string socket_folder;
  std::string data_folder;
  std::string password;  // of the role kavro

  // postgresql://kavro:PASSWORD@127.0.0.1:PORT/NAME, and the same through the Unix socket.
  std::string url(const std::string& database) const;
  std::string socketUrl(const std::string& database) const;
  // As the superuser, through the Unix socket.
  std::string adminUrl(const std::string& database = "postgres") const;
};

using PostgresRow = std::vector<std::optional<std::string>>;

// Statements separated by semicolons; the rows of the last one, as text. Connects for this one call.
std::vector<PostgresRow> executeOn(const std::string& url, const std::string& sql);

class PostgresDatabase {
 public:
  explicit PostgresDatabase(PostgresAddress address);
  ~PostgresDatabase();
  PostgresDatabase(const PostgresDatabase&) = delete;
  PostgresDatabase& operator=(const PostgresDatabase&) = delete;

  const std::string& name() const { return name_; }
  std::string url() const { return address_.url(name_); }
  std::string socketUrl() const { return address_.socketUrl(name_); }

  std::vector<PostgresRow> execute(const std::string& sql) const;
  // The first column of the only row; throws when there is another number of rows or a null.
  std::string value(const std::string& sql) const;

 private:
  PostgresAddress address_;
  std::string name_;
};

}  // namespace kavro::testing
