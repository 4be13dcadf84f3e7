#include "tests/kernel/database/postgresql/postgres_proxy.hpp"

#include <arpa/inet.h>
#include <endian.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace kavro::database::testing {

namespace {

constexpr char kReadyForQuery = 'Z';

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool sendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// The whole message, or nothing at the end of the stream.
std::string readMessage(int socket) {
  char head[5];
  if (recv(socket, head, sizeof head, MSG_WAITALL) != static_cast<ssize_t>(sizeof head)) return {};
  std::uint32_t size = 0;
  std::memcpy(&size, head + 1, sizeof size);
  std::string whole(head, sizeof head);
  whole.resize(1 + be32toh(size));
  const std::size_t rest = whole.size() - sizeof head;
  if (rest > 0 && recv(socket, whole.data() + sizeof head, rest, MSG_WAITALL) != static_cast<ssize_t>(rest)) return {};
  return whole;
}

}  // namespace

std::string message(char type, const std::string& body) {
  const std::uint32_t size = htobe32(static_cast<std::uint32_t>(body.size() + 4));
  return type + std::string(reinterpret_cast<const char*>(&size), sizeof size) + body;
}

PostgresProxy::PostgresProxy(std::uint16_t server_port)
    : server_port_(server_port), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no listener");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { accept(); });
}

PostgresProxy::~PostgresProxy() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
  for (Pair& pair : pairs_) {
    shutdown(pair.client, SHUT_RDWR);
    shutdown(pair.server, SHUT_RDWR);
    pair.up.join();
    pair.down.join();
    close(pair.client);
    close(pair.server);
  }
}

std::string PostgresProxy::url(const std::string& server_url) const {
  const std::string from = ":" + std::to_string(server_port_) + "/";
  std::string url = server_url;
  url.replace(url.find(from), from.size(), ":" + std::to_string(port_) + "/");
  return url + "?sslmode=disable&gssencmode=disable";
}

void PostgresProxy::rewriteOnce(std::string part, Rewrite rewrite, Sends sends) {
  const std::lock_guard lock(mutex_);
  sends_ = sends;
  part_ = std::move(part);
  rewrite_ = std::move(rewrite);
}

bool PostgresProxy::rewritten() const {
  const std::lock_guard lock(mutex_);
  return rewrite_ == nullptr;
}

void PostgresProxy::push(const std::string& bytes) {
  const std::lock_guard lock(mutex_);
  for (const Pair& pair : pairs_) sendAll(pair.client, bytes);
}

void PostgresProxy::accept() {
  for (;;) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(server_port_);
    if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) shutdown(client, SHUT_RDWR);
    const int on = 1;
    for (const int end : {client, server}) setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::lock_guard lock(mutex_);
    Pair& pair = pairs_.emplace_back(Pair{client, server, {}, {}});
    pair.up = std::thread([&pair] { copy(pair.client, pair.server); });
    pair.down = std::thread([this, &pair] { answer(pair); });
  }
}

void PostgresProxy::copy(int from, int to) {
  char bytes[16384];
  for (ssize_t size = 0; (size = recv(from, bytes, sizeof bytes, 0)) > 0;) {
    if (!sendAll(to, {bytes, static_cast<std::size_t>(size)})) break;
  }
  shutdown(to, SHUT_WR);
}

void PostgresProxy::answer(const Pair& pair) {
  std::string answer;
  bool connecting = true;
  for (std::string one; !(one = readMessage(pair.server)).empty();) {
    const bool last = one[0] == kReadyForQuery;
    answer += one;
    if (!connecting && !last) continue;
    if (connecting ? !sendAll(pair.client, answer) : !sendAnswer(pair, answer)) break;
    connecting = connecting && !last;
    answer.clear();
  }
  sendAll(pair.client, answer);  // what it says before it hangs up
  shutdown(pair.client, SHUT_WR);
}

bool PostgresProxy::sendAnswer(const Pair& pair, const std::string& answer) {
  Rewrite rewrite;
  Sends sends = Sends::kOnce;
  {
    const std::lock_guard lock(mutex_);
    if (rewrite_ == nullptr || answer.find(part_) == std::string::npos) return sendAll(pair.client, answer);
    rewrite = std::exchange(rewrite_, nullptr);
    sends = sends_;
  }
  const std::string rewritten = rewrite(answer);
  if (sends == Sends::kOnce) return sendAll(pair.client, rewritten);
  while (sendAll(pair.client, rewritten)) {
  }
  return false;
}

}  // namespace kavro::database::testing
