// The addresses that a server listens on, and the step from those to others: bound first, then put to use, so that a
// reload which cannot have an address changes nothing.
//
// Threads: one at a time. Ownership: a socket closes with the last that shares it. Errors: std::runtime_error.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <Poco/Net/Context.h>
#include <Poco/Net/SocketAddress.h>

#include "kernel/http/file_descriptor.hpp"

namespace kavro::http {

// What is wanted: one entry of [http] or [admin] listen.
struct ListenTarget {
  std::string host;
  std::uint16_t port = 0;           // 0: a free one; a port that is open already for such an entry is kept
  Poco::Net::Context::Ptr context;  // null: plain HTTP
  std::string text;                 // as configured, for logs
  bool admin = false;               // of [admin] listen: routes of the admin's are served there
};

// A socket that somebody has opened for the server (see inherited_sockets.hpp); it listens.
struct InheritedSocket {
  std::shared_ptr<const FileDescriptor> socket;
  Poco::Net::SocketAddress address;
};

// One address that is listened on.
struct ListeningAddress {
  struct Sockets {
    std::vector<std::shared_ptr<const FileDescriptor>> sockets;  // one a reactor, or one for all of them
    bool shared = false;
  };
  std::string name;  // unique within the server
  ListenTarget target;
  std::uint16_t port = 0;
  std::vector<Sockets> sockets;  // one for each address that the host's name has
};

struct ListenChange {
  enum class What { kOpened, kKept, kClosed, kSwitched };  // kSwitched: the same socket, now with TLS, or for [admin], or not
  What what;
  std::string text;
  std::uint16_t port;
  bool admin = false;
};

// What Server::apply() takes. Dropped instead, it closes what it bound.
struct PreparedListeners {
  std::vector<ListeningAddress> addresses;
  std::vector<ListenChange> changes;
};

// Keeps of `open` what `wanted` names too and binds the rest, `reactors` sockets each (SO_REUSEPORT), or takes one of
// `inherited` that has the address. Throws with the reason and what to do; then nothing has changed.
PreparedListeners prepareListeners(const std::vector<ListeningAddress>& open, std::vector<ListenTarget> wanted,
                                   const std::vector<InheritedSocket>& inherited, std::size_t reactors, int backlog);

}  // namespace kavro::http
