#include "kernel/commands/run.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <thread>
#include <vector>

#include <Poco/Net/SocketAddress.h>

#include "kernel/commands/check.hpp"
#include "kernel/commands/exit_code.hpp"
#include "kernel/host/memory_reserve.hpp"
#include "kernel/host/service_manager.hpp"
#include "kernel/http/inherited_sockets.hpp"
#include "kernel/registry/place.hpp"
#include "kernel/server/control.hpp"
#include "kernel/server/control_socket.hpp"
#include "kernel/server/main_loop.hpp"
#include "kernel/server/options.hpp"
#include "kernel/server/service.hpp"
#include "kernel/version.hpp"

namespace kavro::commands {

namespace {

constexpr std::chrono::milliseconds kTick{1000};

// Often enough for the service manager's watchdog.
std::chrono::milliseconds tickOf(const host::ServiceManager& manager) {
  const auto interval = manager.aliveInterval();
  return interval ? std::min(kTick, std::chrono::duration_cast<std::chrono::milliseconds>(*interval)) : kTick;
}

std::string statusLine(const server::Service& service) {
  return "serving with " + std::to_string(service.generation().pluginCount()) + " plugins, generation " +
         std::to_string(service.generationNumber());
}

// The default needs a folder that may not be there; a server without the socket is better than none, unless it was
// asked for.
std::unique_ptr<server::ControlSocket> openControl(const registry::Composition& composition, host::Log& log) {
  const config::Settings& settings = composition.section("server");
  const std::string path = settings.getText("control");
  const bool is_default = settings.origin("control") == "default";
  if (is_default && !std::filesystem::is_directory(std::filesystem::path(path).parent_path())) {
    log.warning("kernel", "no control socket, since there is no folder for " + path +
                              ": kavro reload, status and plan will not reach this server; set [server] control");
    return nullptr;
  }
  return std::make_unique<server::ControlSocket>(path);
}

// What fails in the main loop for want of memory or threads, say, fails by itself: what is being served goes on.
template <class Call>
void goingOn(host::Log& log, const char* what, Call call) {
  try {
    call();
  } catch (const std::exception& problem) {
    log.error("kernel", std::string(what) + " failed: " + problem.what());
  }
}

// Sockets that the service manager opened for us.
std::vector<http::InheritedSocket> takeSockets(host::Log& log) {
  http::InheritedSockets taken = http::takeInheritedSockets();
  for (const std::string& problem : taken.problems) log.warning("http", problem);
  std::vector<http::InheritedSocket> sockets;
  for (http::PassedSocket& passed : taken.sockets) {
    sockets.push_back({std::make_shared<const http::FileDescriptor>(std::move(passed.descriptor)),
                       Poco::Net::SocketAddress(passed.host, passed.port)});
  }
  return sockets;
}

// Somebody still holds requests and may call in: nothing can be taken down safely, so the process just ends.
[[noreturn]] void leave(host::Log& log, std::size_t unanswered) {
  log.error("kernel", std::to_string(unanswered) + " requests had no answer within drain_timeout");
  std::_Exit(kExitFailure);
}

int serve(const registry::CompositionSource& source, const registry::Composition& composition, host::Log& log) {
  std::vector<http::InheritedSocket> sockets = takeSockets(log);  // before there are threads
  host::ServiceManager manager;
  server::MainLoop loop;
  const std::unique_ptr<server::ControlSocket> control = openControl(composition, log);
  server::Service service(source, composition, log, [&loop] { loop.wake(); });
  service.inherit(std::move(sockets));
  service.start();
  log.information("kernel", "kavro " KAVRO_VERSION " serves with " +
                                std::to_string(service.generation().pluginCount()) + " plugins on");
  manager.ready(statusLine(service));

  server::MainLoop::Handlers handlers;
  service.onReload([&](bool begins) {
    if (begins) return manager.reloading("reading the configuration again");
    manager.ready(statusLine(service));
  });
  handlers.reload = [&] { goingOn(log, "a reload", [&] { service.reload(); }); };
  handlers.answer = [&](std::string_view line) {
    std::string answer = R"({"ok":false,"problems":["it failed; the server's log says why"]})";
    goingOn(log, "a command", [&] { answer = server::answerControl(service, line); });
    return answer;
  };
  const auto tick = [&] {
    service.tick();
    if (const std::uint64_t waited = host::MemoryReserve::refill(); waited > 0) {
      log.warning("kernel", "memory was short: " + std::to_string(waited) + " allocations had to wait for it");
    }
    if (service.healthy()) manager.alive();
  };
  handlers.tick = [&] { goingOn(log, "what is done now and then", tick); };
  const std::string signal = loop.run(control.get(), handlers, tickOf(manager));

  manager.stopping("finishing what runs");
  log.information("kernel", signal + ": finishing what runs");
  if (const std::size_t unanswered = service.stop(); unanswered > 0) leave(log, unanswered);
  log.information("kernel", "stopped");
  return kExitOk;
}

}  // namespace

int run(const registry::CompositionSource& source, std::ostream& error) {
  registry::CompositionResult result = registry::compose(source);
  writeProblems(result.problems, error);
  if (!result.composition) return kExitConfiguration;
  host::Log log(server::logLevel(*result.composition), server::logFormat(*result.composition));
  try {
    return serve(source, *result.composition, log);
  } catch (const std::exception& problem) {
    error << registry::withPlace(*result.composition, problem.what()) << '\n' << "kavro did not start\n";
    return kExitConfiguration;
  }
}

}  // namespace kavro::commands
