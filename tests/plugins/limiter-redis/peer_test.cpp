// Peers that are no Redis, or not a healthy one.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "node.hpp"

namespace kavro::limiter_redis {
namespace {

using namespace std::chrono_literals;

// Listens on a free port; to each connection it says `greeting` once something has come, if it accepts any at all.
class Peer {
 public:
  enum class Accepts { kYes, kNo };

  Peer(Accepts accepts, std::string greeting) : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 16) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no listener");
    }
    port_ = ntohs(address.sin_port);
    if (accepts == Accepts::kYes) thread_ = std::thread([this, greeting] { serve(greeting); });
  }
  ~Peer() {
    shutdown(listener_, SHUT_RDWR);  // ends accept()
    if (thread_.joinable()) thread_.join();
    close(listener_);
  }

  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }

 private:
  void serve(const std::string& greeting) const {
    for (;;) {
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      char bytes[4096];
      if (recv(connection, bytes, sizeof bytes, 0) > 0)
        send(connection, greeting.data(), greeting.size(), MSG_NOSIGNAL);
      close(connection);
    }
  }

  const int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST(Peer, WhoDoesNotAnswerIsAwayAfterTheConnectTimeout) {
  const Peer peer(Peer::Accepts::kNo, "");
  Node node({.url = peer.url(), .connectTimeout = 50ms});
  EXPECT_EQ(node.hitMany(5, "k", {3, 1h}), 3);
  EXPECT_TRUE(eventually([&] { return node.logged("no answer within 50ms"); })) << node.log();
}

TEST(Peer, WhoHangsUpIsAway) {
  const Peer peer(Peer::Accepts::kYes, "");
  Node node({.url = peer.url()});
  EXPECT_FALSE(node.isUp());
  EXPECT_TRUE(node.logged("is away: ")) << node.log();
  EXPECT_EQ(node.hitMany(5, "k", {3, 1h}), 3);
}

TEST(Peer, WhoSpeaksSomethingElseIsAway) {
  for (const char* greeting : {"HTTP/1.1 400 Bad Request\r\n\r\n", "+OK\r\n+OK\r\n", ":1\r\n", "*1\r\n$3\r\nabc\r\n",
                               "$-1\r\n", "-ERR unknown command 'SCRIPT'\r\n"}) {
    const Peer peer(Peer::Accepts::kYes, greeting);
    Node node({.url = peer.url()});
    EXPECT_FALSE(node.isUp()) << greeting;
    EXPECT_TRUE(node.logged("is away: ")) << greeting << node.log();
    EXPECT_EQ(node.hitMany(5, "k", {3, 1h}), 3) << greeting;
  }
}

TEST(Peer, AHostWithoutAnAddressIsAway) {
  Node node({.url = "redis://no-such-host.invalid", .connectTimeout = 5s});
  EXPECT_EQ(node.hitMany(5, "k", {3, 1h}), 3);
  EXPECT_FALSE(node.isUp());
  EXPECT_TRUE(eventually([&] { return node.logged("is away: "); })) << node.log();
}

TEST(Peer, ASocketThatIsNotThereIsAway) {
  Node node({.url = "unix:///tmp/no-such-folder-of-kavro/redis.sock"});
  EXPECT_EQ(node.hitMany(5, "k", {3, 1h}), 3);
  EXPECT_TRUE(node.logged("No such file or directory")) << node.log();
}

}  // namespace
}  // namespace kavro::limiter_redis
