#include "echo_server.hpp"

#include <kavro/text.hpp>

#include "kernel/http/exchange.hpp"

namespace kavro::http {
namespace {

void echo(void*, kavro_exchange* exchange, const kavro_request* request) {
  std::string text(fromAbi(request->method));
  text.append(" ").append(fromAbi(request->target)).append(" ").append(fromAbi(request->body));
  kavro_response response{};
  response.size = sizeof response;
  response.status = 200;
  response.body = toAbi(text);
  Exchange::of(exchange).respond(response);
}

}  // namespace

void addEcho(PlainServer& server) {
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"})
    server.route({}, "/echo", echo, nullptr, 0, method);
  for (const char* method : {"GET", "POST"}) server.route({}, "/echo/{name}", echo, nullptr, 0, method);
}

}  // namespace kavro::http
