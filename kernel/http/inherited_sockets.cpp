#include "kernel/http/inherited_sockets.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "kernel/http/ip_address.hpp"

namespace kavro::http {

namespace {

struct FreeNames {
  void operator()(char** names) const {
    for (char** name = names; *name != nullptr; ++name) std::free(*name);
    std::free(names);
  }
};

// What it is instead of a listening TCP socket; empty: it is one.
std::string whyNot(int fd) {
  if (::sd_is_socket(fd, AF_UNSPEC, 0, -1) <= 0) return "no socket";
  const bool is_internet = ::sd_is_socket(fd, AF_INET, 0, -1) > 0 || ::sd_is_socket(fd, AF_INET6, 0, -1) > 0;
  if (!is_internet) return "a socket of another family than IPv4 and IPv6";
  if (::sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, -1) <= 0) return "a socket that is not a stream (TCP)";
  if (::sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0) return "a connection or a socket that does not listen";
  return {};
}

std::string problem(int fd, std::string_view name, const std::string& found) {
  return "socket activation: descriptor " + std::to_string(fd) + " (" + std::string(name) + ") is " + found +
         ", expected a listening TCP socket; in the .socket unit use ListenStream=ADDRESS:PORT and Accept=no";
}

std::uint16_t portOf(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return ntohs(v4.sin_port);
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  return ntohs(v6.sin6_port);
}

std::string hostOf(const sockaddr_storage& address) {
  IpAddress::Text buffer;
  return std::string(IpAddress::of(address).write(buffer));
}

}  // namespace

InheritedSockets takeInheritedSockets() {
  InheritedSockets result;
  char** raw_names = nullptr;
  const int count = ::sd_listen_fds_with_names(1, &raw_names);
  if (count < 0) {
    result.problems.push_back(std::string("socket activation: $LISTEN_FDS cannot be used: ") + std::strerror(-count) +
                              "; start the server without it, or through a .socket unit");
    return result;
  }
  const std::unique_ptr<char*[], FreeNames> names(raw_names);
  for (int index = 0; index < count; ++index) {
    PassedSocket socket;
    socket.descriptor = FileDescriptor(SD_LISTEN_FDS_START + index);
    socket.name = names && names[static_cast<std::size_t>(index)] ? names[static_cast<std::size_t>(index)] : "unknown";
    const int fd = socket.descriptor.get();
    if (const std::string found = whyNot(fd); !found.empty()) {
      result.problems.push_back(problem(fd, socket.name, found));
      continue;
    }
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int flags = ::fcntl(fd, F_GETFL);
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 || flags < 0 ||
        ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
      result.problems.push_back(problem(fd, socket.name, std::string("not usable: ") + std::strerror(errno)));
      continue;
    }
    socket.host = hostOf(address);
    socket.port = portOf(address);
    result.sockets.push_back(std::move(socket));
  }
  return result;
}

}  // namespace kavro::http
