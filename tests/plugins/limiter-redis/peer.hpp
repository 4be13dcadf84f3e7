// Who listens where a Redis should be.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace kavro::limiter_redis {

// Listens on a free port of 127.0.0.1, and has one conversation at a time; null: it accepts no connection.
class Peer {
 public:
  // Returns when it hangs up. On the peer's thread.
  using Conversation = std::function<void(int connection)>;

  explicit Peer(Conversation conversation)
      : conversation_(std::move(conversation)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 16) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no listener");
    }
    port_ = ntohs(address.sin_port);
    if (conversation_) thread_ = std::thread([this] { serve(); });
  }
  // Nobody may be connected any more.
  ~Peer() {
    shutdown(listener_, SHUT_RDWR);  // ends accept()
    if (thread_.joinable()) thread_.join();
    close(listener_);
  }

  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }

  // False when the other side has gone.
  static bool say(int connection, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

 private:
  void serve() const {
    for (;;) {
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      conversation_(connection);
      close(connection);
    }
  }

  const Conversation conversation_;
  const int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace kavro::limiter_redis
