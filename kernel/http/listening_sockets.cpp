#include "kernel/http/listening_sockets.hpp"

#include <errno.h>
#include <fcntl.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <Poco/Net/DNS.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>

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

// Its descriptor as our own: not blocking, not for child processes.
std::shared_ptr<const FileDescriptor> descriptorOf(const ServerSocket& socket) {
  FileDescriptor own(::fcntl(socket.impl()->sockfd(), F_DUPFD_CLOEXEC, 3));
  if (!own.valid()) throw Poco::Net::NetException("no more file descriptors", errno);
  ::fcntl(own.get(), F_SETFL, ::fcntl(own.get(), F_GETFL) | O_NONBLOCK);
  return std::make_shared<const FileDescriptor>(std::move(own));
}

std::string nameOf(const ListenTarget& target) { return target.host + ":" + std::to_string(target.port); }
std::string textOf(const ListenTarget& target) { return target.text.empty() ? nameOf(target) : target.text; }

// A free port of [admin] does not become one of [http]: which one it is would be chance.
bool isSame(const ListenTarget& open, const ListenTarget& wanted) {
  return nameOf(open) == nameOf(wanted) && (wanted.port != 0 || open.admin == wanted.admin);
}

struct Binding {
  const std::vector<InheritedSocket>& inherited;
  std::size_t reactors;
  int backlog;
  std::vector<std::uint16_t> own_ports;  // that this server listens on already, at whatever address

  ListeningAddress::Sockets open(const Poco::Net::IPAddress& address, std::uint16_t& port) {
    for (const InheritedSocket& socket : inherited) {
      if (socket.address.host() == address && socket.address.port() == port) return {{socket.socket}, true};
    }
    // SO_REUSEPORT would let a second server of the same user share the port in silence. So the first socket asks for
    // the port alone; what another listens on is refused. Our own sockets on it, at another address, would be in the
    // way.
    if (std::find(own_ports.begin(), own_ports.end(), port) == own_ports.end()) {
      const ServerSocket alone = bound(SocketAddress(address, port), false, 1);
      port = alone.address().port();
    }
    ListeningAddress::Sockets opened;
    for (std::size_t i = 0; i < reactors; ++i) {
      opened.sockets.push_back(descriptorOf(bound(SocketAddress(address, port), true, backlog)));
    }
    return opened;
  }

  ListeningAddress open(ListenTarget target) {
    ListeningAddress listening;
    listening.port = target.port;
    std::string why = "the name has no address";
    try {
      for (const auto& address : resolve(target.host)) {
        try {
          listening.sockets.push_back(open(address, listening.port));
        } catch (const Poco::Exception& error) {
          why = error.displayText();
        }
      }
    } catch (const Poco::Exception& error) {
      why = error.displayText();
    }
    // "localhost" may name an IPv6 address that this machine does not have; one address is enough.
    if (listening.sockets.empty()) {
      throw std::runtime_error((target.admin ? "[admin] listen " : "[http] listen ") + nameOf(target) + ": " + why +
                               "; is another server running there, or does the port need a privilege?");
    }
    own_ports.push_back(listening.port);
    listening.target = std::move(target);
    return listening;
  }
};

}  // namespace

PreparedListeners prepareListeners(const std::vector<ListeningAddress>& open, std::vector<ListenTarget> wanted,
                                   const std::vector<InheritedSocket>& inherited, std::size_t reactors, int backlog) {
  PreparedListeners prepared;
  Binding binding{inherited, reactors, backlog, {}};
  for (const ListeningAddress& address : open) binding.own_ports.push_back(address.port);
  std::vector<bool> kept(open.size(), false);
  for (ListenTarget& target : wanted) {
    std::size_t found = 0;
    while (found < open.size() && (kept[found] || !isSame(open[found].target, target))) ++found;
    const std::string text = textOf(target);
    const bool admin = target.admin;
    if (found == open.size()) {
      prepared.addresses.push_back(binding.open(std::move(target)));
      prepared.changes.push_back({ListenChange::What::kOpened, text, prepared.addresses.back().port, admin});
      continue;
    }
    kept[found] = true;
    const bool same = open[found].target.context.isNull() == target.context.isNull() && open[found].target.admin == admin;
    prepared.changes.push_back(
        {same ? ListenChange::What::kKept : ListenChange::What::kSwitched, text, open[found].port, admin});
    prepared.addresses.push_back(open[found]);
    prepared.addresses.back().target = std::move(target);
  }
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (kept[i]) continue;
    const ListenTarget& closed = open[i].target;
    prepared.changes.push_back({ListenChange::What::kClosed, textOf(closed), open[i].port, closed.admin});
  }
  return prepared;
}

}  // namespace kavro::http
