#include "tests/services/nginx_server.hpp"

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/SocketImpl.h>
#include <Poco/Net/StreamSocket.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

namespace kavro::testing {
namespace {

namespace net = Poco::Net;

std::string readAll(net::StreamSocket& socket) {
  std::string text;
  char block[4096];
  for (int size = 0; (size = socket.receiveBytes(block, sizeof block)) > 0;)
    text.append(block, static_cast<size_t>(size));
  return text;
}

std::string ask(std::uint16_t port) {
  net::StreamSocket socket(net::SocketAddress("127.0.0.1", port));
  const std::string request = "GET /where HTTP/1.0\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n";
  socket.sendBytes(request.data(), static_cast<int>(request.size()));
  return readAll(socket);
}

// A node that answers one request with its name, and keeps what it was asked.
class OneAnswer {
 public:
  explicit OneAnswer(const std::string& name)
      : listening_(net::SocketAddress("127.0.0.1", 0)), thread_([this, name] {
          try {
            answer(name);
          } catch (const Poco::Exception&) {  // nobody asked
          }
        }) {}
  ~OneAnswer() {
    listening_.impl()->shutdownReceive();
    join();
  }

  std::uint16_t port() const { return listening_.address().port(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  std::string request;  // after join()

 private:
  void answer(const std::string& name) {
    net::StreamSocket socket = listening_.acceptConnection();
    char block[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const int size = socket.receiveBytes(block, sizeof block);
      if (size <= 0) return;
      request.append(block, static_cast<size_t>(size));
    }
    const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(name.size()) + "\r\n\r\n" + name;
    socket.sendBytes(text.data(), static_cast<int>(text.size()));
  }

  net::ServerSocket listening_;
  std::thread thread_;
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(NginxServer, PassesRequestsToTheNodesItIsGiven) {
  OneAnswer one("the first"), other("the second");
  NginxServer nginx({one.port()}, ServiceTransport::kPlain);
  EXPECT_TRUE(contains(ask(nginx.port()), "the first"));
  one.join();
  EXPECT_TRUE(contains(one.request, "X-Forwarded-For: 127.0.0.1\r\n")) << one.request;
  EXPECT_FALSE(contains(one.request, "6.6.6.6"));

  nginx.reload({other.port()});
  EXPECT_TRUE(contains(ask(nginx.port()), "the second"));
}

TEST(NginxServer, StartsAgainWhereItWas) {
  OneAnswer node("the node");
  NginxServer nginx({node.port()}, ServiceTransport::kPlain);
  const std::uint16_t port = nginx.port();
  nginx.stop();
  EXPECT_THROW(ask(port), Poco::Exception);
  nginx.start();
  EXPECT_EQ(port, nginx.port());
  EXPECT_TRUE(contains(ask(port), "the node"));
}

TEST(NginxServer, GoesWithItsObject) {
  pid_t pid = 0;
  {
    NginxServer nginx({1});
    EXPECT_TRUE(nginx.isTls());
    EXPECT_TRUE(std::filesystem::exists(nginx.certificate()));
    EXPECT_TRUE(contains(ask(nginx.port()), "400")) << "plain HTTP on a TLS port";
    pid = nginx.pid();
  }
  EXPECT_EQ(-1, kill(pid, 0));
}

}  // namespace
}  // namespace kavro::testing
