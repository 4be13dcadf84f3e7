#include "tests/services/postgres_server.hpp"

#include <signal.h>

#include <stdexcept>

#include "tests/services/certificate.hpp"
#include "tests/services/service_process.hpp"

namespace kavro::testing {
namespace {

constexpr int kStartTries = 5;

std::string postgresProgram(const std::string& name) { return findProgram(name, {"/usr/lib/postgresql/*/bin"}); }

}  // namespace

PostgresServer::PostgresServer(PostgresOptions options) {
  initialize(options);
  for (int i = 0; i < kStartTries; ++i) {
    address_.port = findFreePort();
    if (tryStart()) {
      execute("CREATE ROLE kavro LOGIN PASSWORD '" + address_.password + "'");
      return;
    }
  }
  throw std::runtime_error("PostgreSQL has not found a free port in " + std::to_string(kStartTries) + " tries");
}

PostgresServer::~PostgresServer() {
  if (process_) end(SIGQUIT);
}

void PostgresServer::initialize(const PostgresOptions& options) {
  address_.socket_folder = folder_.path();
  address_.data_folder = folder_.path() / "data";
  address_.password = "For-Tests-Only-7";
  giveToServiceUser(folder_.path());
  const auto password_file = folder_.path() / "password";
  writeServiceFile(password_file, address_.password + "\n");
  Process initdb(asServiceUser({postgresProgram("initdb"), "--no-sync", "--pgdata=" + dataFolder().string(),
                                "--username=postgres", "--pwfile=" + password_file.string(), "--auth=scram-sha-256",
                                "--encoding=UTF8", "--locale=C", "--no-instructions"},
                               SIGKILL),
                 folder_.path(), {});
  if (initdb.wait() != 0) throw std::runtime_error("initdb failed:\n" + initdb.errors() + initdb.output());

  std::string settings = "\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '" + folder_.path().string() +
                         "'\nmax_connections = 200\nshared_buffers = 32MB\nlog_timezone = 'UTC'\n";
  if (options.transport == ServiceTransport::kTls) {
    const Certificate& made = certificateForTests();
    writeServiceFile(dataFolder() / "server.crt", made.certificate);
    writeServiceFile(dataFolder() / "server.key", made.private_key);
    settings += "ssl = on\n";
  }
  for (const std::string& line : options.settings) settings += line + "\n";
  writeServiceFile(dataFolder() / "postgresql.auto.conf", settings);
}

bool PostgresServer::tryStart() {
  if (process_) earlier_log_ += process_->errors();
  process_ = startService({"PostgreSQL",
                           {postgresProgram("postgres"), "-D", dataFolder(), "-p", std::to_string(address_.port)},
                           SIGQUIT,
                           folder_.path(),
                           "database system is ready to accept connections",
                           // After kill9(): the main process is gone, and its children have not yet noticed.
                           "pre-existing shared memory block"});
  return process_ != nullptr;
}

void PostgresServer::start() {
  if (!tryStart()) throw std::runtime_error("PostgreSQL's port was taken while it was stopped");
}

std::unique_ptr<PostgresDatabase> PostgresServer::createDatabase() const {
  return std::make_unique<PostgresDatabase>(address_);
}

void PostgresServer::stopFast() { end(SIGINT); }
void PostgresServer::stopImmediate() { end(SIGQUIT); }
void PostgresServer::kill9() { end(SIGKILL); }

void PostgresServer::end(int number) { endService(*process_, number); }

std::string PostgresServer::log() const { return earlier_log_ + (process_ ? process_->errors() : std::string()); }

}  // namespace kavro::testing
