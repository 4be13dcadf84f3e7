// The same variants through a real nginx: whatever the two make of them, every answer belongs to the request it was
// sent for, and no other client gets what was meant for somebody else.
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/kernel/http/plain_server.hpp"
#include "tests/kernel/http/wire/echo_server.hpp"
#include "tests/kernel/http/wire/http_case.hpp"
#include "tests/kernel/http/wire/smuggling_cases.hpp"
#include "tests/kernel/http/wire/wire_connection.hpp"
#include "tests/services/nginx_server.hpp"

namespace kavro::http {
namespace {

constexpr int kPatienceMs = 30;   // for an answer that nginx may not owe, since it waits for more
constexpr std::size_t kStep = 4;  // each fourth variant: enough of every kind

// What came of one request of another client; the connections to the server are shared.
std::string askAsAnother(std::uint16_t port, const std::string& name) {
  WireConnection connection(port);
  connection.send("GET /echo/" + name + " HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto reply = connection.next();
  if (!reply) return "no answer";
  return reply->body == "GET /echo/" + name + " " ? "" : std::to_string(reply->status) + ' ' + readable(reply->body);
}

// Sends a variant and the marker behind it, and takes what comes, up to the marker's answer. Whatever nginx and the
// server make of it: an answer of the server's is one that was asked for on this connection.
std::string strayAnswer(std::uint16_t port, const HttpCase& variant) {
  WireConnection connection(port);
  connection.send(variant.bytes + "GET /echo/marker HTTP/1.1\r\nHost: a\r\n\r\n");
  try {
    while (const auto reply = connection.nextWithin(kPatienceMs)) {
      if (reply->body == "GET /echo/marker ") return {};
      if (reply->body.find("other-") != std::string::npos) return "another client's answer: " + readable(reply->body);
    }
  } catch (const std::runtime_error&) {
    // nginx has closed in the middle, or answered HEAD; the connection says nothing of the server.
  }
  return {};
}

TEST(BehindNginx, EveryAnswerBelongsToItsRequest) {
  LogText log;
  PlainServer server;
  addEcho(server);
  server.start();
  const testing::NginxServer nginx({server.port()}, testing::ServiceTransport::kPlain);
  const auto cases = smugglingCases();
  int failures = 0;
  for (std::size_t i = 0; i < cases.size() && failures < 20; i += kStep) {
    const std::string stray = strayAnswer(nginx.port(), cases[i]);
    const std::string other = askAsAnother(nginx.port(), "other-" + std::to_string(i));
    if (stray.empty() && other.empty()) continue;
    ++failures;
    ADD_FAILURE() << cases[i].name << ": " << stray << "; another client got: " << other << "\n  "
                  << readable(cases[i].bytes);
  }
}

}  // namespace
}  // namespace kavro::http
