#include "tests/services/postgres_database.hpp"

#include <libpq-fe.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <random>
#include <stdexcept>

namespace kavro::testing {
namespace {

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};

std::string percentEncoded(const std::string& text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.') {
      encoded += c;
    } else {
      encoded += {'%', kDigits[static_cast<unsigned char>(c) >> 4], kDigits[static_cast<unsigned char>(c) & 15]};
    }
  }
  return encoded;
}

// One that no other test of this or any earlier run has on the same server.
std::string makeName() {
  std::random_device random;
  return "test_" + std::to_string(getpid()) + "_" + std::to_string(random());
}

}  // namespace

std::string PostgresAddress::url(const std::string& database) const {
  return "postgresql://kavro:" + password + "@127.0.0.1:" + std::to_string(port) + "/" + database;
}

std::string PostgresAddress::socketUrl(const std::string& database) const {
  return "postgresql://kavro:" + password + "@" + percentEncoded(socket_folder) + ":" + std::to_string(port) + "/" +
         database;
}

std::string PostgresAddress::adminUrl(const std::string& database) const {
  return "postgresql://postgres:" + password + "@" + percentEncoded(socket_folder) + ":" + std::to_string(port) + "/" +
         database;
}

std::vector<PostgresRow> executeOn(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, CloseConnection> connection(PQconnectdb(url.c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    throw std::runtime_error("no connection to PostgreSQL for \"" + sql + "\": " + PQerrorMessage(connection.get()));
  }
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  const std::unique_ptr<PGresult, ClearResult> result(PQexec(connection.get(), sql.c_str()));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error("PostgreSQL refused \"" + sql + "\": " + PQerrorMessage(connection.get()));
  }
  std::vector<PostgresRow> rows(static_cast<size_t>(PQntuples(result.get())));
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      std::optional<std::string> value;
      if (!PQgetisnull(result.get(), row, column)) value = PQgetvalue(result.get(), row, column);
      rows[static_cast<size_t>(row)].push_back(std::move(value));
    }
  }
  return rows;
}

PostgresDatabase::PostgresDatabase(PostgresAddress address) : address_(std::move(address)), name_(makeName()) {
  executeOn(address_.adminUrl(), "CREATE DATABASE " + name_ + " OWNER kavro");
}

PostgresDatabase::~PostgresDatabase() {
  try {
    executeOn(address_.adminUrl(), "DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::runtime_error&) {  // the test ended its PostgreSQL, and the database with it
  }
}

std::vector<PostgresRow> PostgresDatabase::execute(const std::string& sql) const { return executeOn(url(), sql); }

std::string PostgresDatabase::value(const std::string& sql) const {
  const std::vector<PostgresRow> rows = execute(sql);
  if (rows.size() != 1 || rows[0].empty() || !rows[0][0]) {
    throw std::runtime_error("\"" + sql + "\" gave " + std::to_string(rows.size()) +
                             " rows, or null, instead of one value");
  }
  return *rows[0][0];
}

}  // namespace kavro::testing
