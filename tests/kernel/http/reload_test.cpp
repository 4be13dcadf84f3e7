// What changes while the server serves: options, addresses, sites.
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/http/ip_address.hpp"
#include "tests/kernel/http/plain_server.hpp"

namespace kavro::http {
namespace {

using namespace std::chrono_literals;
using What = ListenChange::What;

std::vector<ListenTarget> targets(std::initializer_list<std::uint16_t> ports) {
  std::vector<ListenTarget> targets;
  for (const std::uint16_t port : ports) targets.push_back({"127.0.0.1", port, nullptr, {}});
  return targets;
}

// Listens, and closes with the object.
struct Occupied {
  Occupied() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size);
    ::listen(fd.get(), 16);
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  FileDescriptor fd;
  std::uint16_t port = 0;
};

class ReloadTest : public ::testing::Test {
 protected:
  ReloadTest() : server(options()) { server.start(); }
  static ServerOptions options() {
    ServerOptions options;
    options.reactors = 2;
    return options;
  }
  bool serves(std::uint16_t port) { return requestFrom(port, "/ok").status == 200; }

  LogText log;
  PlainServer server;
};

TEST_F(ReloadTest, AddressesAreOpenedKeptAndClosed) {
  auto both = server.server().prepare(targets({0, 0}));
  ASSERT_EQ(2u, both.changes.size());
  EXPECT_EQ(What::kKept, both.changes[0].what);
  EXPECT_EQ(What::kOpened, both.changes[1].what);
  const std::uint16_t added = both.changes[1].port;
  server.server().apply(std::move(both));
  EXPECT_TRUE(eventually([&] { return serves(added); }));
  EXPECT_TRUE(serves(server.port()));

  const int idle = connectTo(added);  // connections outlive their address
  ASSERT_LE(0, idle);
  auto one = server.server().prepare(targets({0}));
  ASSERT_EQ(2u, one.changes.size());
  EXPECT_EQ(What::kClosed, one.changes[1].what);
  server.server().apply(std::move(one));
  EXPECT_TRUE(eventually([&] {
    const int fd = connectTo(added);
    if (fd >= 0) ::close(fd);
    return fd < 0;
  }));
  const std::string_view request = "GET /ok HTTP/1.1\r\nHost: a\r\n\r\n";
  ASSERT_EQ(static_cast<ssize_t>(request.size()), ::send(idle, request.data(), request.size(), 0));
  char buffer[512];
  const ssize_t got = ::recv(idle, buffer, sizeof buffer, 0);
  ASSERT_LT(0, got);
  EXPECT_TRUE(std::string_view(buffer, static_cast<std::size_t>(got)).starts_with("HTTP/1.1 200"));
  ::close(idle);
  EXPECT_TRUE(serves(server.port()));
}

TEST_F(ReloadTest, AnAddressThatCannotBeHadChangesNothing) {
  const Occupied taken;
  try {
    server.server().prepare(targets({0, taken.port}));
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string::npos,
              std::string(error.what()).find("[http] listen 127.0.0.1:" + std::to_string(taken.port)));
  }
  EXPECT_TRUE(serves(server.port()));
}

TEST_F(ReloadTest, WhatWasPreparedAndDroppedIsClosed) {
  std::uint16_t port = 0;
  {
    const auto prepared = server.server().prepare(targets({0, 0}));
    port = prepared.changes[1].port;
  }
  EXPECT_GT(0, connectTo(port));
}

TEST_F(ReloadTest, ASocketThatWasGivenIsUsedByAllReactors) {
  Occupied given;
  const std::uint16_t port = given.port;
  std::vector<InheritedSocket> sockets;
  sockets.push_back(
      {std::make_shared<const FileDescriptor>(std::move(given.fd)), Poco::Net::SocketAddress("127.0.0.1", port)});
  server.server().inherit(std::move(sockets));
  server.server().apply(server.server().prepare(targets({0, port})));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(serves(port));
}

TEST_F(ReloadTest, LimitsHoldForConnectionsThatAreOpen) {
  const std::string large = "X-Large: " + std::string(4'000, 'x') + "\r\n";
  EXPECT_EQ(200, server.get("/ok", large).status);
  ServerOptions smaller = options();
  smaller.limits.header_bytes_max = 1'000;
  server.server().setOptions(smaller);
  EXPECT_TRUE(eventually([&] { return server.get("/ok", large).status == 431; }));
}

TEST_F(ReloadTest, ATrustedProxyGivesTheRequestItsId) {
  const std::string id = "X-Request-ID: edge-7.a_b\r\n";
  EXPECT_FALSE(server.get("/missing", id).has("edge-7.a_b"));
  ServerOptions trusting = options();
  trusting.trusted_proxies = TrustedProxies({std::get<AddressPrefix>(AddressPrefix::read("127.0.0.1"))});
  server.server().setOptions(trusting);
  EXPECT_TRUE(eventually([&] { return server.get("/missing", id).has("X-Request-ID: edge-7.a_b\r\n"); }));
  EXPECT_TRUE(server.get("/missing", id).has("\"request_id\":\"edge-7.a_b\"}"));
  EXPECT_FALSE(server.get("/missing", "X-Request-ID: <script>\r\n").has("script"));
}

TEST_F(ReloadTest, AnIdleReactorLetsGoOfTheOldSite) {
  EXPECT_TRUE(serves(server.port()));
  const std::weak_ptr<const Site> old = server.site().get();
  server.site().publish(
      std::make_shared<Site>(Router({""}), std::vector<Filter>{}, std::vector<std::pair<std::string, std::string>>{}));
  EXPECT_TRUE(eventually([&] { return old.expired(); }));
  EXPECT_EQ(404, server.get("/ok").status);
}

TEST_F(ReloadTest, RequestsAreCounted) {
  for (int i = 0; i < 3; ++i) server.get("/ok");
  server.get("/missing");
  EXPECT_TRUE(eventually([&] {
    std::uint64_t ok = 0, missing = 0;
    for (const auto& sample : server.metrics().snapshot()) {
      if (sample.route == "/ok") ok = sample.requests;
      if (sample.route.empty()) missing = sample.requests;
    }
    return ok == 3 && missing == 1;
  }));
  const auto statistics = server.server().statistics();
  EXPECT_LE(4u, statistics.accepted);
  EXPECT_EQ(2u, statistics.reactors.size());
  EXPECT_LT(0u, statistics.reactors[0].rounds + statistics.reactors[1].rounds);
  EXPECT_TRUE(server.server().healthy());
}

}  // namespace
}  // namespace kavro::http
