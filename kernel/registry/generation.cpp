#include "kernel/registry/generation.hpp"

#include <stdexcept>

#include <kavro/response.hpp>

#include "kernel/host/interfaces.hpp"
#include "kernel/version.hpp"

namespace kavro::registry {

namespace {

// GET /health, the one route of the kernel's own: the server is up and answers.
void health(void*, kavro_exchange* exchange, const kavro_request*) {
  static constexpr std::string_view kBody =
      "{\"status\":\"ok\",\"service\":\"kavro\",\"version\":\"" KAVRO_VERSION "\"}";
  const kavro_field type{toAbi("Content-Type"), toAbi("application/json")};
  kavro_response response{};
  response.size = sizeof response;
  response.status = 200;
  response.fields = &type;
  response.field_count = 1;
  response.body = toAbi(kBody);
  host::httpInterface().respond(exchange, &response);
}

}  // namespace

Generation::Generation(const Composition& composition, host::Facilities& facilities)
    : facilities_(facilities), timers_(facilities.workers) {
  try {
    for (const PlannedPlugin& plan : composition.plugins) {
      instances_.push_back(std::make_unique<Instance>(plan, facilities_, events_, services_));
    }
    buildSite(composition);
  } catch (...) {
    while (!instances_.empty()) instances_.pop_back();
    throw;
  }
}

Generation::~Generation() {
  stop();
  while (!instances_.empty()) instances_.pop_back();  // users before providers
}

void Generation::buildSite(const Composition& composition) {
  http::Router router(composition.mounts);
  std::vector<http::Filter> filters;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string needs_principal;
  bool authenticates = false;

  const auto addRoute = [&](http::Route route) {
    const std::string owner = route.owner, name = route.method + " " + route.pattern;
    try {
      if (const http::Route* other = router.add(std::move(route))) {
        throw std::runtime_error("plugin " + owner + ": the route " + name + " is taken by " + other->owner);
      }
    } catch (const std::invalid_argument& error) {
      throw std::runtime_error("plugin " + owner + ": " + error.what());
    }
  };

  http::Route own;
  own.owner = "kernel";
  own.method = "GET";
  own.pattern = "/health";
  own.handle = health;
  addRoute(std::move(own));

  for (const auto& instance : instances_) {
    host::Registrations& registered = instance->registrations();
    for (http::Route& route : registered.routes) {
      if (route.flags & KAVRO_ROUTE_PRINCIPAL) needs_principal = route.owner + ": " + route.method + " " + route.pattern;
      addRoute(std::move(route));
    }
    for (http::Filter& filter : registered.filters) {
      authenticates |= filter.phase == KAVRO_PHASE_AUTHENTICATE;
      filters.push_back(std::move(filter));
    }
    for (auto& field : registered.constant_fields) fields.push_back(std::move(field));
    for (const auto& timer : registered.timers) timers_.every(timer.interval, timer.run, timer.user);
  }
  if (!needs_principal.empty() && !authenticates) {
    throw std::runtime_error("plugin " + needs_principal +
                             " needs a principal, and no plugin that is on authenticates; switch one on");
  }
  site_ = std::make_shared<http::Site>(std::move(router), std::move(filters), std::move(fields));
}

std::vector<host::PluginHost*> Generation::hosts() const {
  std::vector<host::PluginHost*> hosts;
  for (const auto& instance : instances_) hosts.push_back(&instance->host());
  return hosts;
}

std::vector<database::Migration> Generation::migrations() const {
  std::vector<database::Migration> migrations;
  for (const auto& instance : instances_) {
    for (const auto& migration : instance->registrations().migrations) migrations.push_back(migration);
  }
  return migrations;
}

void Generation::migrate() { facilities_.database.migrate(migrations()); }

void Generation::start() {
  for (const auto& instance : instances_) instance->start();
  timers_.start();
}

void Generation::drain() {
  for (const auto& instance : instances_) instance->drain();
}

void Generation::stop() {
  timers_.stop();
  for (auto instance = instances_.rbegin(); instance != instances_.rend(); ++instance) (*instance)->stop();
}

}  // namespace kavro::registry
