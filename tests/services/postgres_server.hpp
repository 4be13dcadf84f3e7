// A private PostgreSQL from Debian's packages: its own data folder and Unix socket, a free port of 127.0.0.1.
//
//   PostgresServer postgres;
//   auto database = postgres.createDatabase();
//   ... database->url() ... database->execute("SELECT 1") ...
//   postgres.stopImmediate();
//   postgres.start();
//
// It runs with fsync, as an operator's does. Starting takes about a second: one for a test program, with a database
// for each test. It ends with the object, and with the thread that made it. Threads: one.
// Errors: std::runtime_error with the server's log; without the package, with the remedy.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/services/postgres_database.hpp"
#include "tests/services/process.hpp"
#include "tests/services/temporary_folder.hpp"

namespace kavro::testing {

enum class ServiceTransport { kPlain, kTls };

struct PostgresOptions {
  // kTls: connections by TCP may use TLS; the certificate is certificateForTests().
  ServiceTransport transport = ServiceTransport::kPlain;
  // Lines of postgresql.conf, after those of the harness: "max_connections = 20".
  std::vector<std::string> settings;
};

class PostgresServer {
 public:
  // Starts, and returns when it accepts connections.
  explicit PostgresServer(PostgresOptions options = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  const PostgresAddress& address() const { return address_; }
  std::uint16_t port() const { return address_.port; }
  std::string url(const std::string& database) const { return address_.url(database); }
  std::string socketUrl(const std::string& database) const { return address_.socketUrl(database); }

  std::unique_ptr<PostgresDatabase> createDatabase() const;
  // As the superuser, in the database `postgres`.
  std::vector<PostgresRow> execute(const std::string& sql) const { return executeOn(address_.adminUrl(), sql); }

  // Like pg_ctl stop: waits for running transactions no longer than it takes to break them off.
  void stopFast();
  // Like pg_ctl stop -m immediate: everything is dropped, and the next start recovers from the log.
  void stopImmediate();
  // SIGKILL for the main process; its children end when they notice.
  void kill9();
  // On the same port and folder; returns when connections are accepted.
  void start();

  pid_t pid() const { return process_->pid(); }
  std::filesystem::path dataFolder() const { return address_.data_folder; }
  std::string log() const;  // of every start

 private:
  void initialize(const PostgresOptions& options);
  bool tryStart();
  void end(int number);

  TemporaryFolder folder_{"postgresql"};
  PostgresAddress address_;
  std::string earlier_log_;
  std::unique_ptr<Process> process_;
};

}  // namespace kavro::testing
