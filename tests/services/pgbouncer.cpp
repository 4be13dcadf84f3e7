#include "tests/services/pgbouncer.hpp"

#include <signal.h>

#include <stdexcept>

#include "tests/services/service_process.hpp"

namespace kavro::testing {
namespace {

constexpr int kStartTries = 5;
// Fewer than Kavro has connections, so that transactions of one connection do meet different ones of the server.
constexpr int kServerConnections = 4;

}  // namespace

PgBouncer::PgBouncer(const PostgresAddress& postgres) {
  giveToServiceUser(folder_.path());
  address_.socket_folder = folder_.path();
  address_.password = postgres.password;
  writeServiceFile(folder_.path() / "users.txt", "\"kavro\" \"" + postgres.password + "\"\n");
  for (int i = 0; i < kStartTries; ++i) {
    address_.port = findFreePort();
    if (tryStart(postgres)) return;
  }
  throw std::runtime_error("PgBouncer has not found a free port in " + std::to_string(kStartTries) + " tries");
}

PgBouncer::~PgBouncer() {
  if (process_) endService(*process_, SIGTERM);
}

bool PgBouncer::tryStart(const PostgresAddress& postgres) {
  const std::string folder = folder_.path();
  const auto file = folder_.path() / "pgbouncer.ini";
  writeServiceFile(
      file, "[databases]\n* = host=127.0.0.1 port=" + std::to_string(postgres.port) +
                "\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " + std::to_string(address_.port) +
                "\nunix_socket_dir = " + folder + "\nauth_type = scram-sha-256\nauth_file = " + folder +
                "/users.txt\npool_mode = transaction\ndefault_pool_size = " + std::to_string(kServerConnections) +
                "\nmax_client_conn = 200\nignore_startup_parameters = extra_float_digits\n");
  process_ = startService({"PgBouncer",
                           {findProgram("pgbouncer", {"/usr/sbin", "/usr/bin"}), file},
                           SIGKILL,
                           folder_.path(),
                           "process up: PgBouncer"});
  return process_ != nullptr;
}

}  // namespace kavro::testing
