#include "kernel/database/postgresql/probe.hpp"

#include "kernel/database/limited_log.hpp"
#include "kernel/database/postgresql/connection.hpp"

namespace kavro::database::postgresql {

ProbeResult probe(const Options& options) {
  LimitedLog silent{Log()};
  Reachability reachability(silent);
  Connection connection({options.url, options.password, options.connect_timeout, options.statement_timeout,
                         options.prepared_statements},
                        reachability);
  if (!connection.open(Connection::Clock::now())) {
    return {false, withoutSecrets(options.url) + ": " + std::string(connection.why()),
            "check that it runs, its name, and what [database] url and password say"};
  }
  if (!connection.tlsInUse() && connection.isRemote()) {
    return {false, withoutSecrets(options.url) + ": the connection crosses the network without TLS",
            "add ?sslmode=verify-full and sslrootcert to [database] url"};
  }
  return {true, withoutSecrets(options.url) + ", PostgreSQL " + connection.serverVersion(), ""};
}

}  // namespace kavro::database::postgresql
