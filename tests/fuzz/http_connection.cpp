// A real server with a real connection: as many answers as there are requests, each well-formed and each to its own
// request, whatever the framing. Input: the bytes of a connection.
#include <kavro/text.hpp>

#include "kernel/host/log.hpp"
#include "kernel/host/work_pool.hpp"
#include "kernel/http/exchange.hpp"
#include "kernel/http/server.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/json_check.hpp"
#include "tests/fuzz/loopback.hpp"
#include "tests/fuzz/wire_reader.hpp"

using kavro::fuzz::require;
using kavro::fuzz::WireRequest;
using kavro::fuzz::WireResponse;
using namespace kavro::http;

namespace {

std::string describe(std::string_view method, std::string_view target, std::string_view body) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : body) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return std::string(method) + " " + std::string(target) + " " + std::to_string(body.size()) + " " +
         std::to_string(hash);
}

// Says what the request was, for all routes.
void echo(void*, kavro_exchange* exchange, const kavro_request* request) {
  const std::string body =
      describe(kavro::fromAbi(request->method), kavro::fromAbi(request->target), kavro::fromAbi(request->body));
  kavro_response response{};
  response.size = sizeof response;
  response.status = 200;
  response.body = kavro::toAbi(body);
  Exchange::of(exchange).respond(response);
}

class EchoServer {
 public:
  EchoServer() : server_(options(), site_, workers_, log_) {
    kavro::fuzz::silenceLog();
    Router router({"", "/api/v1"});
    const auto add = [&](const char* method, const char* pattern, std::uint32_t flags, std::uint64_t body_bytes_max) {
      Route route;
      route.owner = "fuzz";
      route.method = method;
      route.pattern = pattern;
      route.flags = flags;
      route.body_bytes_max = body_bytes_max;
      route.handle = echo;
      router.add(std::move(route));
    };
    add("GET", "/", 0, 0);
    add("POST", "/", 0, 0);
    add("PUT", "/little", 0, 8);
    add("POST", "/worker", KAVRO_ROUTE_BLOCKING, 0);
    add("GET", "/{name}/of", 0, 0);
    site_.publish(
        std::make_shared<Site>(std::move(router), std::vector<Filter>{},
                               std::vector<std::pair<std::string, std::string>>{{"X-Frame-Options", "DENY"}}));
    port_ = server_.listen("127.0.0.1", 0, nullptr);
    server_.start();
  }

  std::uint16_t port() const { return port_; }

 private:
  static ServerOptions options() {
    ServerOptions options;
    options.limits.body_bytes_max = 64 * 1024;
    return options;
  }

  kavro::host::Log log_{kavro::host::Log::Level::kError};
  kavro::host::WorkPool workers_{{"worker", 1, 64, 0}};
  CurrentSite site_;
  Server server_;
  std::uint16_t port_ = 0;
};

std::string answersTo(std::uint16_t port, std::string_view raw) {
  kavro::fuzz::Loopback client(port);
  kavro::fuzz::Draw draw(raw);
  std::string_view rest = raw;
  for (std::size_t pieces = draw.below(4); pieces > 0 && rest.size() > 1; --pieces) {
    const std::size_t size = 1 + draw.below(rest.size());
    client.send(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  client.send(rest);
  client.finish();
  std::string received;
  while (client.receive(received)) {
  }
  return received;
}

bool beginsWithHead(std::string_view raw) {
  while (raw.starts_with("\r\n")) raw.remove_prefix(2);
  return raw.starts_with("HEAD ");
}

// The next answer that is none of "100 Continue".
WireResponse takeAnswer(std::string_view& answers, bool to_head) {
  for (;;) {
    std::string flaw;
    auto answer = kavro::fuzz::readWireResponse(answers, to_head, flaw);
    require(answer.has_value(), "whole answers only", flaw + "\n" + std::string(answers));
    // Of a request that is refused, who knows whether it was a HEAD.
    if (to_head && answer->close && answer->size < answers.size()) {
      answer = kavro::fuzz::readWireResponse(answers, false, flaw);
      require(answer.has_value(), "a whole answer in the end", flaw + "\n" + std::string(answers));
    }
    answers.remove_prefix(answer->size);
    if (answer->status >= 200) return *answer;
    require(answer->status == 100, "no interim answer but 100");
  }
}

void check(std::string_view raw, std::string_view answers) {
  const std::string all(answers);
  while (!answers.empty()) {
    const auto request = kavro::fuzz::readWireRequest(raw);
    const WireResponse answer = takeAnswer(answers, beginsWithHead(raw));
    if (answer.status == 200 && (!request || request->method != "OPTIONS")) {
      require(request.has_value(), "no success for what is no request", all);
      if (request->method != "HEAD") {
        require(answer.body == describe(request->method, request->target, request->body), "the answer to its request",
                all);
      }
    }
    if (answer.status >= 400 && !answer.body.empty()) {
      require(kavro::fuzz::isJson(answer.body), "a problem in JSON", answer.body);
    }
    require(answer.status < 500 || answer.status == 501 || answer.status == 505, "no failure of the server's", all);
    if (answer.close) return require(answers.empty(), "nothing behind the last answer", all);
    require(request.has_value(), "a connection to go on only behind a request with an end", all);
    raw.remove_prefix(request->size);
  }
  require(!kavro::fuzz::readWireRequest(raw), "an answer to every request", std::string(raw) + "\n--\n" + all);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto* const kServer = new EchoServer;
  const std::string_view raw = kavro::fuzz::textOf(data, size);
  check(raw, answersTo(kServer->port(), raw));
  return 0;
}
