#include "kernel/http/listener.hpp"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <utility>

#include "kernel/http/connection.hpp"
#include "kernel/http/reactor.hpp"

namespace kavro::http {

namespace {

Peer peerOf(const sockaddr_storage& socket_address, const TrustedProxies& trusted) {
  const IpAddress address = IpAddress::of(socket_address);
  IpAddress::Text text;
  const std::uint16_t port = socket_address.ss_family == AF_INET
                                 ? reinterpret_cast<const sockaddr_in&>(socket_address).sin_port
                                 : reinterpret_cast<const sockaddr_in6&>(socket_address).sin6_port;
  return {std::string(address.write(text)), ntohs(port), trusted.contains(address)};
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
    if (reactor_.full()) return pause();
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
    const bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    if (exhausted) pause();
    return errno == ECONNABORTED || errno == EINTR ? Accepted::kAgain : Accepted::kNone;
  }
  const int on = 1;
  ::setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  reactor_.counters().add(reactor_.counters().accepted);
  reactor_.add(std::make_unique<Connection>(reactor_, std::move(accepted),
                                            listening_.context ? listening_.context->sslContext() : nullptr,
                                            peerOf(address, reactor_.options().trusted_proxies)));
  return Accepted::kOne;
}

void Listener::setContext(Poco::Net::Context::Ptr context) {
  if (context.get() == listening_.context.get()) return;
  acceptAll();
  listening_.context = std::move(context);
}

void Listener::pause() {
  if (paused_) return;
  paused_ = true;
  reactor_.unwatch(listening_.socket->get());
}

void Listener::resume() {
  if (!paused_) return;
  paused_ = false;
  watch();
}

}  // namespace kavro::http
