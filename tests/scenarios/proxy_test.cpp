// Behind nginx, with conf/nginx/kavro.conf as it is delivered: limits and the audit log have the client's address, and
// no client can choose it. Clients differ by the loopback address that they connect from.
#include <Poco/JSON/Parser.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/StreamCopier.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "tests/scenarios/raw_connection.hpp"
#include "tests/scenarios/server.hpp"
#include "tests/services/nginx_server.hpp"
#include "tests/services/service_process.hpp"

namespace kavro::testing {
namespace {

namespace net = Poco::Net;

Endpoint endpointOf(const NginxServer& nginx) { return {nginx.port(), true, nginx.certificate()}; }

using Headers = Client::Headers;

// A client at a loopback address of its own: "127.0.0.2".
class ClientAt {
 public:
  ClientAt(const std::string& address, const Endpoint& endpoint) {
    net::StreamSocket socket(net::SocketAddress::IPv4);
    socket.impl()->bind(net::SocketAddress(address, 0));
    socket.connect(net::SocketAddress("127.0.0.1", endpoint.port));
    if (endpoint.tls) {
      const net::Context::Ptr context =
          new net::Context(net::Context::TLS_CLIENT_USE, "", "", endpoint.certificate, net::Context::VERIFY_STRICT, 1);
      socket = net::SecureStreamSocket::attach(socket, "localhost", context);
    }
    // Not POCO's HTTPSClientSession, whose constructor takes no socket that is connected.
    session_ = std::make_unique<net::HTTPClientSession>(socket);
    session_->setKeepAlive(true);
    session_->setTimeout(Poco::Timespan(kPatience.count(), 0));
  }

  int post(const std::string& path, const std::string& body, const Headers& headers = {}) {
    net::HTTPRequest request("POST", path, net::HTTPMessage::HTTP_1_1);
    request.setHost("localhost");
    request.setContentType("application/json");
    request.setContentLength(static_cast<std::streamsize>(body.size()));
    for (const auto& [name, value] : headers) request.add(name, value);
    session_->sendRequest(request) << body;
    net::HTTPResponse response;
    std::string ignored;
    Poco::StreamCopier::copyToString(session_->receiveResponse(response), ignored);
    return response.getStatus();
  }
  // A login that fails: 401, and 429 from the sixth on, by address. Each by another name, so that none is locked.
  int logIn(const std::string& name, const Headers& headers = {}) {
    return post("/auth/login", R"({"username":")" + name + R"(","password":"Wrong-Horse-9"})", headers);
  }

 private:
  std::unique_ptr<net::HTTPClientSession> session_;
};

Options behindProxies(const std::string& trusted = "127.0.0.1") {
  Options options;
  options.transport = Transport::kPlain;
  options.rate_limits = RateLimits::kDefaults;
  if (!trusted.empty()) options.settings["http.trusted_proxies"] = trusted;
  return options;
}

// The addresses in the audit log of those who tried to log in, in order.
std::vector<std::string> loginAddresses(Server& server) {
  EXPECT_EQ(0, server.stop());
  std::vector<std::string> addresses;
  std::istringstream in(readFile(server.installation().auditLog()));
  for (std::string line; std::getline(in, line);) {
    const auto event = Poco::JSON::Parser().parse(line).extract<Poco::JSON::Object::Ptr>();
    if (event->getValue<std::string>("event") == "login") addresses.push_back(event->getValue<std::string>("ip"));
  }
  return addresses;
}

TEST(Proxy, LimitsAndTheAuditLogHaveTheClientsAddress) {
  Server server(behindProxies());
  NginxServer nginx({server.port()});
  ClientAt second("127.0.0.2", endpointOf(nginx)), third("127.0.0.3", endpointOf(nginx));
  std::vector<std::string> expected;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(401, second.logIn("a" + std::to_string(i)));
    expected.push_back("127.0.0.2");
  }
  EXPECT_EQ(429, second.logIn("b"));
  EXPECT_EQ(401, third.logIn("c"));
  expected.push_back("127.0.0.3");
  EXPECT_EQ(expected, loginAddresses(server));
  EXPECT_EQ(std::string::npos, nginx.log().find("[warn]")) << nginx.log();
}

TEST(Proxy, AClientBehindItIsNotBelieved) {
  Server server(behindProxies());
  NginxServer nginx({server.port()});
  ClientAt client("127.0.0.2", endpointOf(nginx));
  for (int i = 0; i < 6; ++i) {
    const std::string invented = "203.0.113." + std::to_string(i);
    EXPECT_EQ(i < 5 ? 401 : 429, client.logIn("a" + std::to_string(i), {{"X-Forwarded-For", invented + ", 127.0.0.1"},
                                                                        {"x-forwarded-for", invented},
                                                                        {"Forwarded", "for=" + invented},
                                                                        {"X-Real-IP", invented}}));
  }
  EXPECT_EQ(std::vector<std::string>(5, "127.0.0.2"), loginAddresses(server));
}

TEST(Proxy, AClientBesideItIsNotBelieved) {
  Server server(behindProxies());
  ClientAt client("127.0.0.2", server.endpoint());
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(i < 5 ? 401 : 429,
              client.logIn("a" + std::to_string(i), {{"X-Forwarded-For", "203.0.113." + std::to_string(i)}}));
  }
  EXPECT_EQ(std::vector<std::string>(5, "127.0.0.2"), loginAddresses(server));
}

TEST(Proxy, NobodyIsBelievedByDefault) {
  Server server(behindProxies(""));
  ClientAt client("127.0.0.1", server.endpoint());
  EXPECT_EQ(401, client.logIn("a", {{"X-Forwarded-For", "203.0.113.9"}}));
  EXPECT_EQ(std::vector<std::string>{"127.0.0.1"}, loginAddresses(server));
}

TEST(Proxy, SeveralInARowAreReadFromTheRight) {
  Server server(behindProxies("127.0.0.1 10.0.0.0/8 2001:db8:a::/48"));
  ClientAt proxy("127.0.0.1", server.endpoint());
  proxy.logIn("a", {{"X-Forwarded-For", "198.51.100.1, 203.0.113.9, 10.0.0.2"}});
  proxy.logIn("b", {{"X-Forwarded-For", "[2001:DB8::1]:4711"}, {"x-forwarded-for", "2001:db8:a::7"}});
  proxy.logIn("c", {{"X-Forwarded-For", "198.51.100.1, {\"ip\": 1}, 10.0.0.2"}});
  proxy.logIn("d", {{"X-Forwarded-For", "unknown"}});
  proxy.logIn("e");
  const std::vector<std::string> expected = {"203.0.113.9", "2001:db8::1", "10.0.0.2", "127.0.0.1", "127.0.0.1"};
  EXPECT_EQ(expected, loginAddresses(server));
}

// The local ports of the connections to `port`, of any state (one that was closed lingers in TIME_WAIT).
std::set<std::string> connectionsTo(std::uint16_t port) {
  char wanted[16];
  std::snprintf(wanted, sizeof wanted, ":%04X", port);
  std::istringstream table(readFile("/proc/net/tcp"));
  std::set<std::string> found;
  std::string line, number, local, remote;
  while (std::getline(table, line)) {
    std::istringstream(line) >> number >> local >> remote;
    if (remote.ends_with(wanted)) found.insert(local);
  }
  return found;
}

// nginx leaves an empty Host out, and Kavro refuses HTTP/1.1 without one.
TEST(Proxy, AClientOfHttp10WithoutHostIsServed) {
  Server server(behindProxies());
  NginxServer nginx({server.port()});
  for (const char* request : {"GET /health HTTP/1.0\r\n\r\n", "GET /health HTTP/1.0\r\nHost: elsewhere\r\n\r\n"}) {
    RawConnection connection(endpointOf(nginx));
    connection.send(request);
    EXPECT_EQ(200, connection.readReply()->status) << request;
  }
}

TEST(Proxy, BodiesPassAndTheConnectionStaysOpen) {
  Options options = behindProxies();
  options.rate_limits = RateLimits::kGenerous;
  Server server(options);
  NginxServer nginx({server.port()});
  Client client(endpointOf(nginx));
  const std::string alice = client.registerUser("alice");
  client.bearer(alice);
  const std::string ciphertext(900'000, 'A');
  const auto message = [&](const std::string& text) {
    return R"({"recipient_id":)" + std::to_string(client.userId(alice)) + R"(,"ciphertext":")" + text +
           R"(","ephemeral_pubkey":"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"})";
  };
  EXPECT_EQ(201, client.post("/messages/", message(ciphertext)).status);
  const Reply inbox = client.get("/messages/inbox");
  EXPECT_EQ(200, inbox.status);
  EXPECT_NE(std::string::npos, inbox.body.find(ciphertext));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(200, client.get("/auth/me").status);
  EXPECT_EQ(1u, connectionsTo(server.port()).size());
  EXPECT_EQ(413, client.post("/messages/", message(std::string(1024 * 1024, 'A'))).status);
}

TEST(Proxy, ANodeThatIsAwayIsLeftOut) {
  Options options = behindProxies();
  options.rate_limits = RateLimits::kGenerous;
  Server server(options);
  NginxServer nginx({findFreePort(), server.port(), findFreePort()});
  ClientAt client("127.0.0.2", endpointOf(nginx));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(401, client.logIn("a" + std::to_string(i)));
  EXPECT_EQ(std::vector<std::string>(20, "127.0.0.2"), loginAddresses(server));
}

}  // namespace
}  // namespace kavro::testing
