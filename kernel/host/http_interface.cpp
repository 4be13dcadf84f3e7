// "kavro.http/1": see sdk/include/kavro/abi/http.h.
#include <kavro/text.hpp>

#include "kernel/host/interfaces.hpp"
#include "kernel/host/plugin_host.hpp"
#include "kernel/http/exchange.hpp"
#include "kernel/http/response_writer.hpp"

namespace kavro::host {

namespace {

using http::Exchange;

kavro_status addRoute(const kavro_host* host, const kavro_route* route) {
  PluginHost& plugin = PluginHost::of(host);
  if (!plugin.composing() || !route || !route->handle) return KAVRO_INVALID;
  http::Route copy;
  copy.owner = plugin.identity().name;
  copy.method = fromAbi(route->method);
  copy.pattern = fromAbi(route->pattern);
  copy.flags = route->flags;
  copy.user = route->user;
  copy.handle = route->handle;
  copy.body_bytes_max = KAVRO_HAS(route, body_bytes_max) ? route->body_bytes_max : 0;
  plugin.registrations().routes.push_back(std::move(copy));
  return KAVRO_OK;
}

kavro_status addFilter(const kavro_host* host, const kavro_filter* filter) {
  PluginHost& plugin = PluginHost::of(host);
  if (!plugin.composing() || !filter || !filter->run) return KAVRO_INVALID;
  switch (filter->phase) {
    case KAVRO_PHASE_ADMIT:
    case KAVRO_PHASE_AUTHENTICATE:
    case KAVRO_PHASE_AUTHORISE:
    case KAVRO_PHASE_RESPOND:
    case KAVRO_PHASE_OBSERVE: break;
    default: return KAVRO_INVALID;
  }
  http::Filter copy;
  copy.owner = plugin.identity().name;
  copy.phase = filter->phase;
  copy.order = filter->order;
  copy.user = filter->user;
  copy.run = filter->run;
  if (KAVRO_HAS(filter, challenge)) copy.challenge = fromAbi(filter->challenge);
  plugin.registrations().filters.push_back(std::move(copy));
  return KAVRO_OK;
}

kavro_status addConstantField(const kavro_host* host, kavro_field field) {
  PluginHost& plugin = PluginHost::of(host);
  const std::string_view name = fromAbi(field.name), value = fromAbi(field.value);
  if (!plugin.composing() || !http::whyInvalid(name, value).empty()) return KAVRO_INVALID;
  plugin.registrations().constant_fields.emplace_back(name, value);
  return KAVRO_OK;
}

constexpr kavro_http_v1 kHttp = {
    sizeof(kavro_http_v1),
    addRoute,
    addFilter,
    addConstantField,
    [](kavro_exchange* exchange, const kavro_response* response) { return Exchange::of(exchange).respond(*response); },
    [](kavro_exchange* exchange, int32_t outcome) { Exchange::of(exchange).resume(outcome); },
    [](kavro_exchange* exchange, kavro_status status, kavro_text why) {
      Exchange::of(exchange).abandon(status, fromAbi(why));
    },
    [](kavro_exchange* exchange, void (*run)(void*), void* user) { Exchange::of(exchange).post(run, user); },
    [](kavro_exchange* exchange, kavro_field field) {
      return Exchange::of(exchange).addField(fromAbi(field.name), fromAbi(field.value));
    },
    [](kavro_exchange* exchange, const kavro_principal* principal) -> kavro_status {
      if (principal->id <= 0) return KAVRO_INVALID;
      return Exchange::of(exchange).setPrincipal(principal->id, fromAbi(principal->name));
    },
    [](kavro_exchange* exchange) -> int32_t { return Exchange::of(exchange).needsPrincipal() ? 1 : 0; },
    [](kavro_exchange* exchange, size_t bytes, size_t alignment) {
      return Exchange::of(exchange).allocate(bytes, alignment);
    },
    [](kavro_exchange* exchange) { return Exchange::of(exchange).response(); },
};

}  // namespace

const kavro_http_v1& httpInterface() { return kHttp; }

}  // namespace kavro::host
