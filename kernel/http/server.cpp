#include "kernel/http/server.hpp"

#include <algorithm>
#include <stdexcept>

#include <Poco/Net/DNS.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SocketAddress.h>

namespace kavro::http {

namespace {

using Poco::Net::ServerSocket;
using Poco::Net::SocketAddress;

std::vector<Poco::Net::IPAddress> resolve(const std::string& host) {
  // RFC 6761 section 6.3: localhost is this machine, whatever a file or a name server says.
  if (host == "localhost") return {Poco::Net::IPAddress("127.0.0.1"), Poco::Net::IPAddress("::1")};
  Poco::Net::IPAddress address;
  if (Poco::Net::IPAddress::tryParse(host, address)) return {address};
  std::vector<Poco::Net::IPAddress> addresses;
  const Poco::Net::HostEntry entry = Poco::Net::DNS::hostByName(host);
  for (const auto& found : entry.addresses()) {
    if (std::find(addresses.begin(), addresses.end(), found) == addresses.end()) addresses.push_back(found);
  }
  return addresses;
}

ServerSocket bound(const SocketAddress& address, bool share_port, int backlog) {
  ServerSocket socket;
  if (address.family() == SocketAddress::IPv6) {
    socket.bind6(address, true, share_port, true);
  } else {
    socket.bind(address, true, share_port);
  }
  socket.listen(backlog);
  return socket;
}

}  // namespace

Server::Server(const ServerOptions& options, CurrentSite& site, Executor& executor, host::Log& log)
    : shared_{options, site, executor, log, {}} {
  for (unsigned i = 0; i < options.reactors; ++i) reactors_.push_back(std::make_unique<Reactor>(shared_));
}

Server::~Server() {
  if (threads_.empty()) return;
  beginDrain(std::chrono::milliseconds(0));
  finishDrain();
}

std::uint16_t Server::listen(const std::string& host, std::uint16_t port, Poco::Net::Context::Ptr context) {
  const std::string wanted = host + ":" + std::to_string(port);
  std::string why = "the name has no address";
  std::size_t listening = 0;
  try {
    for (const auto& address : resolve(host)) {
      try {
        // SO_REUSEPORT would let a second server of the same user share the port in silence. So the first socket asks
        // for the port alone; what another listens on is refused.
        {
          ServerSocket alone = bound(SocketAddress(address, port), false, 1);
          port = alone.address().port();
        }
        for (const auto& reactor : reactors_) {
          reactor->listen(bound(SocketAddress(address, port), true, shared_.options.backlog), context);
        }
        ++listening;
      } catch (const Poco::Exception& error) {
        why = error.displayText();
      }
    }
  } catch (const Poco::Exception& error) {
    why = error.displayText();
  }
  // "localhost" may name an IPv6 address that this machine does not have; one address is enough.
  if (listening == 0) {
    throw std::runtime_error("[http] listen " + wanted + ": " + why +
                             "; is another server running there, or does the port need a privilege?");
  }
  return port;
}

void Server::start() {
  for (const auto& reactor : reactors_) {
    threads_.emplace_back([&reactor] { reactor->run(); });
  }
}

void Server::beginDrain(std::chrono::milliseconds patience) {
  const auto deadline = Reactor::Clock::now() + patience;
  for (const auto& reactor : reactors_) reactor->requestDrain(deadline);
}

std::size_t Server::finishDrain() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  std::size_t unanswered = 0;
  for (const auto& reactor : reactors_) unanswered += reactor->unanswered();
  return unanswered;
}

}  // namespace kavro::http
