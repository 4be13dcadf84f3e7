#include "echo_server.hpp"

#include <string>

#include <kavro/response.hpp>
#include <kavro/text.hpp>

#include "kernel/host/interfaces.hpp"
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

void careful(void* user, kavro_exchange* exchange, const kavro_request* request) {
  const int status = std::stoi(std::string(fromAbi(request->parameters[0].value)));
  const bool failed = (request->flags & KAVRO_REQUEST_CONDITION_FAILED) != 0;
  if (status < 400 && !failed) return echo(user, exchange, request);
  Response::problem(status >= 400 ? status : 412, "as told").send(&host::httpInterface(), exchange);
}

}  // namespace

void addEcho(PlainServer& server) {
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"})
    server.route({}, "/echo", echo, nullptr, 0, method);
  for (const char* method : {"GET", "POST"}) server.route({}, "/echo/{name}", echo, nullptr, 0, method);
  server.route({}, "/careful/{status}", careful, nullptr, KAVRO_ROUTE_CONDITIONS, "POST");
}

}  // namespace kavro::http
