// Listening sockets that the server was started with (socket activation): systemd, systemd-socket-activate, or whoever
// else leaves them open from descriptor 3 on and says so in $LISTEN_FDS, $LISTEN_PID and $LISTEN_FDNAMES.
//
// Threads: call it on the main thread before others are made, because it changes the environment. Once: the variables
// are gone afterwards, so that no child takes the sockets for its own.
// Source: sd_listen_fds(3), systemd.socket(5).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/http/file_descriptor.hpp"

namespace kavro::http {

struct PassedSocket {
  FileDescriptor descriptor;  // listens, TCP; close-on-exec and non-blocking
  std::string host;           // as inet_ntop writes it: "127.0.0.1", "::1"; "0.0.0.0" and "::" are every address
  std::uint16_t port = 0;
  std::string name;  // FileDescriptorName= of the unit, "kavro.socket" unless set; "unknown" from others
};

struct InheritedSockets {
  std::vector<PassedSocket> sockets;
  // A sentence for each descriptor that cannot be served and was closed.
  std::vector<std::string> problems;
};

// Empty when there are none for this process.
InheritedSockets takeInheritedSockets();

}  // namespace kavro::http
