#include "kernel/commands/run.hpp"

#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <ostream>
#include <stdexcept>
#include <thread>

#include <Poco/Net/SSLManager.h>

#include "kernel/commands/check.hpp"
#include "kernel/commands/exit_code.hpp"
#include "kernel/commands/facility_options.hpp"
#include "kernel/database/database.hpp"
#include "kernel/http/server.hpp"
#include "kernel/http/tls_context.hpp"
#include "kernel/registry/generation.hpp"
#include "kernel/version.hpp"

namespace kavro::commands {

namespace {

using registry::Composition;

// SIGTERM and SIGINT are taken by waitForStop() and no other thread; a client that goes away must not end the server.
sigset_t blockSignals() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // a file size limit is a write error, as a full disk is
  signal(SIGHUP, SIG_IGN);  // a terminal that closes is no reason to stop
  return stop;
}

std::string waitForStop(const sigset_t& stop) {
  int taken = 0;
  sigwait(&stop, &taken);
  return taken == SIGINT ? "SIGINT" : "SIGTERM";
}

std::chrono::milliseconds duration(const config::Settings& settings, std::string_view key) {
  return std::chrono::milliseconds(settings.getInteger(key));
}

std::size_t size(const config::Settings& settings, std::string_view key) {
  return static_cast<std::size_t>(settings.getInteger(key));
}

http::ServerOptions serverOptions(const Composition& composition) {
  const config::Settings& http = composition.section("http");
  http::ServerOptions options;
  options.limits.request_line_bytes_max = size(http, "request_line_bytes_max");
  options.limits.header_bytes_max = size(http, "header_bytes_max");
  options.limits.header_fields_max = size(http, "header_fields_max");
  options.limits.body_bytes_max = size(http, "body_bytes_max");
  options.handshake_timeout = duration(http, "handshake_timeout");
  options.header_timeout = duration(http, "header_timeout");
  options.body_timeout = duration(http, "body_timeout");
  options.idle_timeout = duration(http, "idle_timeout");
  options.write_timeout = duration(http, "write_timeout");
  options.connections_max = size(http, "connections_max");
  options.backlog = static_cast<int>(http.getInteger("backlog"));
  options.reactors = static_cast<unsigned>(composition.section("server").getInteger("reactors"));
  options.trusted_proxies = composition.trusted_proxies;
  if (options.reactors == 0) options.reactors = std::max(1u, std::thread::hardware_concurrency());
  return options;
}

void listen(http::Server& server, const Composition& composition, host::Log& log) {
  const config::Settings& tls = composition.section("tls");
  Poco::Net::Context::Ptr context;
  for (const config::ListenAddress& address : composition.listen) {
    if (address.tls && !context) {
      context = http::makeTlsContext({tls.getText("certificate"), tls.getText("private_key"),
                                      tls.getText("minimum_version"), tls.getText("ciphers")});
    }
    const std::uint16_t port =
        server.listen(address.host, address.port, address.tls ? context : Poco::Net::Context::Ptr());
    const bool is_v6 = address.host.find(':') != std::string::npos;
    log.information("http", "listening on " + std::string(address.tls ? "https://" : "http://") +
                                (is_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(port));
  }
}

// The parts of the server, in the order in which they are made; they end in the opposite one.
int serve(const Composition& composition, host::Log& log, const sigset_t& stop) {
  Poco::Net::initializeSSL();
  const http::ServerOptions options = serverOptions(composition);
  const auto database = database::Database::open(databaseOptions(composition, log));
  host::WorkPool workers(workerOptions(composition));
  host::JsonReader json;
  host::Facilities facilities{log, *database, workers, json};
  registry::Generation generation(composition, facilities);
  http::CurrentSite site;
  site.publish(generation.site());
  http::Server server(options, site, workers, log);

  generation.migrate();
  generation.start();
  listen(server, composition, log);
  server.start();
  log.information("kernel", "kavro " KAVRO_VERSION " serves with " + std::to_string(generation.pluginCount()) +
                                " plugins on");

  log.information("kernel", waitForStop(stop) + ": finishing what runs");
  server.beginDrain(duration(composition.section("server"), "drain_timeout"));
  generation.drain();
  const std::size_t unanswered = server.finishDrain();
  workers.stop();
  generation.stop();
  database->stop();
  if (unanswered > 0) {
    // Somebody still holds these requests and may call in: nothing of the server can be taken down safely.
    log.error("kernel", std::to_string(unanswered) + " requests had no answer within drain_timeout");
    std::_Exit(kExitFailure);
  }
  log.information("kernel", "stopped");
  return kExitOk;
}

}  // namespace

int run(const registry::CompositionSource& source, std::ostream& error) {
  const registry::CompositionResult result = registry::compose(source);
  if (!result.composition) return check(source, error, error);
  writeProblems(result.problems, error);
  const sigset_t stop = blockSignals();
  host::Log log(logLevel(*result.composition));
  try {
    return serve(*result.composition, log, stop);
  } catch (const std::exception& problem) {
    error << source.file << ": " << problem.what() << '\n' << "kavro did not start\n";
    return kExitConfiguration;
  }
}

}  // namespace kavro::commands
