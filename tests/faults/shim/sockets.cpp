// Sockets, and the descriptors that an event loop is made of.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "tests/faults/shim/state.hpp"

namespace {

using namespace kavro::faults;

long at(const void* pointer) { return reinterpret_cast<long>(pointer); }

constexpr long kSignalSetBytes = 8;  // Linux's, not glibc's

bool failsNow(std::uint32_t classes, const char* function) { return fails(classes, function) && !isShort(); }

bool cut(int descriptor, const char* function, size_t& size) {
  if (!failsOn(descriptor, 0, kSocketWrite, 0, function)) return false;
  if (!isShort()) return true;
  if (size > 1) size /= 2;
  return false;
}

bool goesTo(const sockaddr* address) {
  Control* page = control();
  const std::uint16_t port = page == nullptr ? 0 : page->peer_port.load();
  return port == 0 ||
         (address->sa_family == AF_INET && ntohs(reinterpret_cast<const sockaddr_in*>(address)->sin_port) == port);
}

}  // namespace

extern "C" {

int socket(int domain, int type, int protocol) noexcept {
  if (control() != nullptr && control()->peer_port == 0 && failsNow(kSocketMake, "socket")) return -1;
  return static_cast<int>(call(SYS_socket, domain, type, protocol));
}
int connect(int descriptor, const sockaddr* address, socklen_t size) {
  if (goesTo(address) && failsNow(kSocketMake, "connect")) return -1;
  return static_cast<int>(call(SYS_connect, descriptor, at(address), size));
}
int accept4(int descriptor, sockaddr* address, socklen_t* size, int flags) {
  if (control() != nullptr && control()->peer_port == 0 && failsNow(kSocketMake, "accept4")) return -1;
  return static_cast<int>(call(SYS_accept4, descriptor, at(address), at(size), flags));
}

ssize_t recv(int descriptor, void* data, size_t size, int flags) {
  if (failsOn(descriptor, 0, kSocketRead, 0, "recv") && !isShort()) return -1;
  return call(SYS_recvfrom, descriptor, at(data), static_cast<long>(size), flags, 0, 0);
}
ssize_t recvmsg(int descriptor, msghdr* message, int flags) {
  if (failsOn(descriptor, 0, kSocketRead, 0, "recvmsg") && !isShort()) return -1;
  return call(SYS_recvmsg, descriptor, at(message), flags);
}
ssize_t send(int descriptor, const void* data, size_t size, int flags) {
  if (cut(descriptor, "send", size)) return -1;
  traceAnswer(data, size);
  return call(SYS_sendto, descriptor, at(data), static_cast<long>(size), flags, 0, 0);
}
ssize_t sendmsg(int descriptor, const msghdr* message, int flags) {
  if (failsOn(descriptor, 0, kSocketWrite, 0, "sendmsg") && !isShort()) return -1;
  for (size_t i = 0; i < message->msg_iovlen; ++i) {
    traceAnswer(message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
  }
  return call(SYS_sendmsg, descriptor, at(message), flags);
}

int epoll_create1(int flags) noexcept {
  if (failsNow(kPoll, "epoll_create1")) return -1;
  return static_cast<int>(call(SYS_epoll_create1, flags));
}
int epoll_ctl(int poll, int operation, int descriptor, epoll_event* event) noexcept {
  if (failsNow(kPoll, "epoll_ctl")) return -1;
  return static_cast<int>(call(SYS_epoll_ctl, poll, operation, descriptor, at(event)));
}
int eventfd(unsigned initial, int flags) noexcept {
  if (failsNow(kPoll, "eventfd")) return -1;
  return static_cast<int>(call(SYS_eventfd2, initial, flags));
}
int timerfd_create(clockid_t clock, int flags) noexcept {
  if (failsNow(kPoll, "timerfd_create")) return -1;
  return static_cast<int>(call(SYS_timerfd_create, clock, flags));
}
int signalfd(int descriptor, const sigset_t* set, int flags) noexcept {
  if (failsNow(kPoll, "signalfd")) return -1;
  return static_cast<int>(call(SYS_signalfd4, descriptor, at(set), kSignalSetBytes, flags));
}
int pipe2(int* ends, int flags) noexcept {
  if (failsNow(kPoll, "pipe2")) return -1;
  return static_cast<int>(call(SYS_pipe2, at(ends), flags));
}

}  // extern "C"
