#include "kernel/http/listener.hpp"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cstring>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "kernel/http/connection.hpp"
#include "kernel/http/reactor.hpp"

namespace kavro::http {

namespace {

Peer peerOf(const IpAddress& address, const sockaddr_storage& socket_address, bool trusted) {
  IpAddress::Text text;
  const std::uint16_t port = socket_address.ss_family == AF_INET
                                 ? reinterpret_cast<const sockaddr_in&>(socket_address).sin_port
                                 : reinterpret_cast<const sockaddr_in6&>(socket_address).sin6_port;
  return {std::string(address.write(text)), ntohs(port), trusted};
}

}  // namespace

Listener::Listener(Reactor& reactor, Listening listening) : reactor_(reactor), listening_(std::move(listening)) {
  watch();
}

// The socket may live on elsewhere, so epoll has to be told.
Listener::~Listener() {
  if (!paused_) reactor_.unwatch(listening_.socket->get());
}

void Listener::watch() {
  reactor_.watch(listening_.socket->get(), listening_.shared ? EPOLLIN | EPOLLEXCLUSIVE : EPOLLIN, *this);
}

void Listener::accept() {
  for (int i = 0; i < kAcceptsInARow; ++i) {
    if (reactor_.full() && !reactor_.makeRoom()) return pause();
    if (acceptOne() == Accepted::kNone) return;
  }
}

void Listener::acceptAll() {
  while (!reactor_.full() && acceptOne() != Accepted::kNone) {
  }
}

Listener::Accepted Listener::acceptOne() {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  FileDescriptor accepted(
      ::accept4(listening_.socket->get(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!accepted.valid()) {
    const int error = errno;
    const bool exhausted = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
    if (exhausted) {
      reactor_.cannotAccept(std::strerror(error));
      pause();
    }
    return error == ECONNABORTED || error == EINTR ? Accepted::kAgain : Accepted::kNone;
  }
  const int on = 1;
  ::setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ReactorCounters::add(reactor_.counters().accepted);
  try {
    return take(std::move(accepted), address);
  } catch (const std::exception& error) {  // no memory, or the system has no room for it in epoll
    reactor_.cannotAccept(error.what());
    pause();
    return Accepted::kNone;
  }
}

Listener::Accepted Listener::take(FileDescriptor accepted, const sockaddr_storage& socket_address) {
  const ServerOptions& options = reactor_.options();
  const IpAddress address = IpAddress::of(socket_address);
  const bool trusted = options.trusted_proxies.contains(address);
  std::optional<AddressCounts::Place> place;
  if (!trusted) {
    const bool limited = options.loopback_counts || !address.isLoopback();
    place = reactor_.shared().addresses.take(address, limited ? options.connections_per_address_max : 0);
    if (!place) {
      refuse(address);
      return Accepted::kOne;
    }
  }
  Peer peer = peerOf(address, socket_address, trusted);
  peer.admin = listening_.admin;
  reactor_.add(std::make_unique<Connection>(reactor_, std::move(accepted),
                                            listening_.context ? listening_.context->sslContext() : nullptr,
                                            std::move(peer), std::move(place)));
  return Accepted::kOne;
}

// Nothing is said to the client: that would be work for somebody who has too much of it done already.
void Listener::refuse(const IpAddress& address) {
  ReactorCounters::add(reactor_.counters().refused);
  if (!reactor_.shared().refused_said.due(reactor_.now())) return;
  IpAddress::Text text;
  reactor_.shared().log.warning("http", "connections of " + std::string(address.write(text)) +
                                            " are closed at once: it has as many as [http] connections_per_address_max "
                                            "lets an address have, " +
                                            std::to_string(reactor_.options().connections_per_address_max));
}

void Listener::setContext(Poco::Net::Context::Ptr context, bool admin) {
  if (context.get() == listening_.context.get() && admin == listening_.admin) return;
  acceptAll();
  listening_.context = std::move(context);
  listening_.admin = admin;
}

void Listener::pause() {
  if (paused_) return;
  paused_ = true;
  reactor_.unwatch(listening_.socket->get());
}

void Listener::resume() {
  if (!paused_) return;
  try {
    watch();
    paused_ = false;
  } catch (const std::system_error&) {  // asked again at the next tick
  }
}

}  // namespace kavro::http
