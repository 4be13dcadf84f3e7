#include "wire_connection.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace kavro::http {
namespace {

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::optional<std::string> WireReply::field(std::string_view name) const {
  for (const auto& [other, value] : fields) {
    if (same(other, name)) return value;
  }
  return std::nullopt;
}

std::size_t WireReply::count(std::string_view name) const {
  std::size_t found = 0;
  for (const auto& entry : fields) found += same(entry.first, name) ? 1 : 0;
  return found;
}

WireConnection::WireConnection(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(std::string("cannot connect: ") + std::strerror(errno));
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

WireConnection::~WireConnection() { ::close(fd_); }

void WireConnection::send(std::string_view bytes, const std::vector<std::size_t>& cuts) {
  std::size_t at = 0, cut = 0;
  while (at < bytes.size()) {
    while (cut < cuts.size() && cuts[cut] <= at) ++cut;
    const std::size_t end = cut < cuts.size() && cuts[cut] < bytes.size() ? cuts[cut] : bytes.size();
    const ssize_t sent = ::send(fd_, bytes.data() + at, end - at, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return;
    at += static_cast<std::size_t>(sent);
  }
}

void WireConnection::finishSending() { ::shutdown(fd_, SHUT_WR); }

bool WireConnection::readMore() {
  pollfd entry{fd_, POLLIN, 0};
  int ready = 0;
  do ready = ::poll(&entry, 1, patience_ms_);
  while (ready < 0 && errno == EINTR);
  timed_out_ = ready == 0;
  if (timed_out_) return false;
  char block[16 * 1024];
  const ssize_t size = ::recv(fd_, block, sizeof block, 0);
  if (size < 0)
    throw std::runtime_error(std::string("the connection broke (") + std::strerror(errno) + "), after: " + buffer_);
  buffer_.append(block, static_cast<std::size_t>(size));
  return size > 0;
}

std::optional<WireReply> WireConnection::nextWithin(int milliseconds) {
  const int patience = std::exchange(patience_ms_, milliseconds);
  auto reply = next();
  patience_ms_ = patience;
  return reply;
}

std::optional<WireReply> WireConnection::next(bool head) {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (readMore()) continue;
    if (!buffer_.empty()) throw std::runtime_error("a part of an answer: " + buffer_);
    return std::nullopt;
  }
  WireReply reply;
  std::string_view lines = std::string_view(buffer_).substr(0, end + 2);
  const std::string_view first = lines.substr(0, lines.find("\r\n"));
  if (first.size() < 13 || !first.starts_with("HTTP/1.1 ") || first[12] != ' ') {
    throw std::runtime_error("no status line: " + buffer_);
  }
  std::from_chars(first.data() + 9, first.data() + 12, reply.status);
  lines.remove_prefix(first.size() + 2);
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find("\r\n"));
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) throw std::runtime_error("no field: " + std::string(line));
    reply.fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    lines.remove_prefix(line.size() + 2);
  }
  buffer_.erase(0, end + 4);
  std::size_t length = 0;
  const auto given = reply.field("Content-Length");
  if (given) std::from_chars(given->data(), given->data() + given->size(), length);
  if (head || reply.status < 200 || reply.status == 204 || reply.status == 304) length = 0;
  while (buffer_.size() < length) {
    if (!readMore()) throw std::runtime_error("a part of a body: " + buffer_);
  }
  reply.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return reply;
}

}  // namespace kavro::http
