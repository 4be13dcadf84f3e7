#include "kernel/registry/outline.hpp"

#include <algorithm>
#include <tuple>

#include "kernel/host/json_member.hpp"
#include "kernel/registry/generation.hpp"

namespace kavro::registry {
namespace {

std::string_view phaseName(std::int32_t phase) {
  switch (phase) {
    case KAVRO_PHASE_ADMIT: return "admit";
    case KAVRO_PHASE_AUTHENTICATE: return "authenticate";
    case KAVRO_PHASE_AUTHORISE: return "authorise";
    case KAVRO_PHASE_RESPOND: return "respond";
    default: return "observe";
  }
}

std::string textOf(const RouteOutline& route) {
  return route.method + " " + route.pattern + " (" + route.owner + (route.needs_principal ? ", needs a principal" : "") +
         (route.is_admin ? ", the admin's)" : ")");
}

std::string textOf(const FilterOutline& filter) { return filter.phase + " " + filter.owner; }

template <class T>
std::vector<std::string> missing(const std::vector<T>& from, const std::vector<T>& in) {
  std::vector<std::string> texts;
  for (const T& item : from) {
    if (std::find(in.begin(), in.end(), item) == in.end()) texts.push_back(textOf(item));
  }
  return texts;
}

}  // namespace

Outline Outline::of(const Generation& generation) {
  Outline outline;
  for (const char* pattern : {"/health", "/livez", "/readyz"}) outline.routes.push_back({"GET", pattern, "kernel", false, false});
  for (const auto& instance : generation.instances()) {
    for (const http::Route& route : instance->registrations().routes) {
      outline.routes.push_back({route.method, route.pattern, route.owner, (route.flags & KAVRO_ROUTE_PRINCIPAL) != 0,
                                (route.flags & KAVRO_ROUTE_ADMIN) != 0});
    }
  }
  std::sort(outline.routes.begin(), outline.routes.end(), [](const RouteOutline& a, const RouteOutline& b) {
    return std::tie(a.pattern, a.method) < std::tie(b.pattern, b.method);
  });
  const auto site = generation.site();
  for (const auto* filters : {&site->before, &site->respond, &site->observe}) {
    for (const http::Filter& filter : *filters) {
      outline.filters.push_back({std::string(phaseName(filter.phase)), filter.owner, filter.order});
    }
  }
  return outline;
}

void Outline::write(JsonWriter& json) const {
  json.key("routes").beginArray();
  for (const RouteOutline& route : routes) {
    json.beginObject().key("method").string(route.method).key("pattern").string(route.pattern);
    json.key("plugin").string(route.owner).key("principal").boolean(route.needs_principal);
    json.key("admin").boolean(route.is_admin).endObject();
  }
  json.endArray().key("filters").beginArray();
  for (const FilterOutline& filter : filters) {
    json.beginObject().key("phase").string(filter.phase).key("plugin").string(filter.owner);
    json.key("order").integer(filter.order).endObject();
  }
  json.endArray();
}

Outline Outline::read(JsonValue object) {
  Outline outline;
  if (const auto routes = object.find("routes")) {
    routes->eachElement([&](JsonValue route) {
      const auto is = [&](const char* name) {
        const auto member = route.find(name);
        return member && member->boolean().value_or(false);
      };
      outline.routes.push_back({host::textOf(route, "method"), host::textOf(route, "pattern"), host::textOf(route, "plugin"),
                                is("principal"), is("admin")});
    });
  }
  if (const auto filters = object.find("filters")) {
    filters->eachElement([&](JsonValue filter) {
      const auto order = filter.find("order");
      outline.filters.push_back({host::textOf(filter, "phase"), host::textOf(filter, "plugin"),
                                 static_cast<int>(order ? order->integer().value_or(0) : 0)});
    });
  }
  return outline;
}

OutlineChange compare(const Outline& before, const Outline& after) {
  OutlineChange change;
  change.routes_added = missing(after.routes, before.routes);
  change.routes_removed = missing(before.routes, after.routes);
  change.filters_changed = before.filters != after.filters;
  for (const FilterOutline& filter : before.filters) change.filters_before.push_back(textOf(filter));
  for (const FilterOutline& filter : after.filters) change.filters_after.push_back(textOf(filter));
  return change;
}

}  // namespace kavro::registry
