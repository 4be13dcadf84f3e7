// Method and path -> route, among the routes of all bundled plugins.
#include <stdexcept>

#include "kernel/http/router.hpp"
#include "tools/bench/micro/piece.hpp"
#include "tools/bench/micro/servers.hpp"

namespace kavro::micro {

namespace {

Entry find(std::string name, std::string_view method, std::string_view path) {
  return repeated(std::move(name), [method, path](Servers& servers) {
    const http::Router& router = servers.bundled().site().router;
    auto arena = std::make_unique<http::Arena>();
    if (!router.find(method, path, *arena).route) {
      throw std::logic_error("found no route " + std::string(method) + " " + std::string(path));
    }
    return [&router, arena = std::move(arena), method, path] {
      arena->reset();
      use(router.find(method, path, *arena).route);
    };
  });
}

}  // namespace

void addRoute(std::vector<Entry>& entries) {
  entries.push_back(find("Route/literal", "GET", "/health"));
  entries.push_back(find("Route/parameter", "GET", "/api/v1/keys/42"));
}

}  // namespace kavro::micro
