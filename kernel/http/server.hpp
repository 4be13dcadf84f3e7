// The HTTP server: listening sockets and one reactor a core.
//
// Life: construct; listen() for each address; start(); beginDrain(); finishDrain(); destruct. Threads: one thread calls these.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <Poco/Net/Context.h>

#include "kernel/http/reactor.hpp"

namespace kavro::http {

class Server {
 public:
  // All outlive the server. `site` has a site published before start().
  Server(const ServerOptions& options, CurrentSite& site, Executor& executor, host::Log& log);
  ~Server();

  // Listens on every address that `host` names, one socket a reactor (SO_REUSEPORT), so that the kernel spreads
  // connections. Port 0: a free one. Returns the port. Throws std::runtime_error with the reason and what to do.
  std::uint16_t listen(const std::string& host, std::uint16_t port, Poco::Net::Context::Ptr context);

  void start();

  // No new connections from now on; what runs may finish, at most for `patience`. Returns at once.
  void beginDrain(std::chrono::milliseconds patience);
  // Waits for it. Returns how many requests have no answer: while that is not 0, whoever holds them may still call in,
  // and neither server nor plugins may be destroyed.
  std::size_t finishDrain();

 private:
  Reactor::Shared shared_;
  std::vector<std::unique_ptr<Reactor>> reactors_;
  std::vector<std::thread> threads_;
};

}  // namespace kavro::http
