#include "kernel/registry/generation.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <stdexcept>

#include <kavro/json.hpp>
#include <kavro/response.hpp>

#include "kernel/host/interfaces.hpp"
#include "kernel/version.hpp"

namespace kavro::registry {

namespace {

void respond(kavro_exchange* exchange, int status, std::string_view body) {
  const kavro_field fields[] = {{toAbi("Content-Type"), toAbi("application/json")},
                                {toAbi("Cache-Control"), toAbi("no-store")},
                                {toAbi("Retry-After"), toAbi("1")}};
  kavro_response response{};
  response.size = sizeof response;
  response.status = static_cast<std::uint16_t>(status);
  response.fields = fields;
  response.field_count = status == 200 ? 1 : std::size(fields);
  response.body = toAbi(body);
  host::httpInterface().respond(exchange, &response);
}

// GET /health: the server is up and answers.
void health(void*, kavro_exchange* exchange, const kavro_request*) {
  respond(exchange, 200, "{\"status\":\"ok\",\"service\":\"kavro\",\"version\":\"" KAVRO_VERSION "\"}");
}

// GET /livez: nothing is to be restarted.
void live(void*, kavro_exchange* exchange, const kavro_request*) { respond(exchange, 200, "{\"status\":\"live\"}"); }

// GET /readyz: requests may be sent here. It tells what is away, and no more: anybody may ask.
void ready(void* user, kavro_exchange* exchange, const kavro_request*) {
  const std::vector<std::string> missing = static_cast<Generation*>(user)->missing();
  if (missing.empty()) return respond(exchange, 200, "{\"status\":\"ready\"}");
  std::string body;
  JsonWriter json(body);
  json.beginObject().key("status").string("not ready").key("missing").beginArray();
  for (const std::string& what : missing) json.string(what);
  json.endArray().endObject();
  respond(exchange, 503, body);
}

}  // namespace

Generation::Generation(const Composition& composition, host::Facilities& facilities, Libraries& libraries,
                       const Previous* previous, Unused unused, const std::function<void(const std::string&)>& loading)
    : facilities_(facilities) {
  pin_ = std::shared_ptr<void>(nullptr, [flag = unused_, tell = std::move(unused)](void*) {
    flag->store(true, std::memory_order_release);
    if (tell) tell();
  });
  try {
    for (const PlannedPlugin& plan : composition.plugins) {
      if (previous && previous->change.keeps(plan.instance)) {
        for (const auto& instance : previous->generation.instances_) {
          if (instance->name() == plan.instance) instances_.push_back(instance);
        }
        instances_.back()->provideAgain(*services_);
        continue;
      }
      if (loading) loading(plan.instance);
      instances_.push_back(std::make_shared<Instance>(plan, libraries.load(plan.library, plan.manifest), facilities_,
                                                      services_));
      new_.push_back(plan.instance);
    }
    buildSite(composition);
  } catch (...) {
    while (!instances_.empty()) instances_.pop_back();
    throw;
  }
}

// Users before providers. What a later generation carries over lives on.
Generation::~Generation() {
  while (!instances_.empty()) instances_.pop_back();
}

const Instance* Generation::find(std::string_view name) const {
  for (const auto& instance : instances_) {
    if (instance->name() == name) return instance.get();
  }
  return nullptr;
}

std::vector<std::string> Generation::missing() const {
  std::vector<std::string> missing;
  if (facilities_.draining.load(std::memory_order_relaxed)) missing.emplace_back("stopping");
  if (!facilities_.database.isAvailable()) missing.emplace_back("database");
  for (const auto& instance : instances_) {
    for (const auto& item : instance->health()) {
      if (item.required && !item.good) missing.push_back(instance->name());
    }
  }
  return missing;
}

bool Generation::isNew(const Instance& instance) const {
  return std::find(new_.begin(), new_.end(), instance.name()) != new_.end();
}

// With addresses of [admin] there are two routers: all routes, and those that the other addresses have. So what is the
// admin's is not there for anybody else, neither by a 405 nor in the way of a route with a parameter.
void Generation::buildSite(const Composition& composition) {
  http::Router router(composition.mounts);
  std::optional<http::Router> admin;
  if (composition.hasAdminAddress()) admin.emplace(composition.mounts);
  std::vector<http::Filter> filters;
  std::vector<std::pair<std::string, std::string>> fields;
  host::Listeners listeners{{}, pin_};
  std::string needs_principal;
  bool authenticates = false;

  const auto addRoute = [&](http::Route route) {
    route.metrics = &facilities_.requests.findRoute(route.method, route.pattern);
    const std::string owner = route.owner, name = route.method + " " + route.pattern;
    try {
      http::Router& whole = admin ? *admin : router;
      if (admin && (route.flags & KAVRO_ROUTE_ADMIN) == 0) router.add(route);
      if (const http::Route* other = whole.add(std::move(route))) {
        throw std::runtime_error("plugin " + owner + ": the route " + name + " is taken by " + other->owner);
      }
    } catch (const std::invalid_argument& error) {
      throw std::runtime_error("plugin " + owner + ": " + error.what());
    }
  };

  const auto addOwn = [&](const char* pattern, decltype(http::Route::handle) handle) {
    http::Route own;
    own.owner = "kernel";
    own.method = "GET";
    own.pattern = pattern;
    own.handle = handle;
    own.user = this;
    addRoute(std::move(own));
  };
  addOwn("/health", health);
  addOwn("/livez", live);
  addOwn("/readyz", ready);

  auto plan = composition.plugins.begin();  // instances are in this order
  for (const auto& instance : instances_) {
    const host::Registrations& registered = instance->registrations();
    const http::FailurePolicy& policy = plan->policy;
    ++plan;
    for (http::Route route : registered.routes) {
      route.policy = policy;
      route.calls = instance->calls();
      if (route.flags & KAVRO_ROUTE_PRINCIPAL) needs_principal = route.owner + ": " + route.method + " " + route.pattern;
      addRoute(std::move(route));
    }
    for (http::Filter filter : registered.filters) {
      filter.policy = policy;
      filter.calls = instance->calls();
      authenticates |= filter.phase == KAVRO_PHASE_AUTHENTICATE;
      filters.push_back(std::move(filter));
    }
    fields.insert(fields.end(), registered.constant_fields.begin(), registered.constant_fields.end());
    listeners.list.insert(listeners.list.end(), registered.listeners.begin(), registered.listeners.end());
  }
  if (!needs_principal.empty() && !authenticates) {
    throw std::runtime_error("plugin " + needs_principal +
                             " needs a principal, and no plugin that is on authenticates; switch one on");
  }
  auto site = std::make_shared<http::Site>(std::move(router), std::move(filters), std::move(fields), std::move(admin));
  site->owner = pin_;
  site_ = std::move(site);
  listeners_ = std::make_shared<const host::Listeners>(std::move(listeners));
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

void Generation::migrate() {
  const bool is_needed = std::any_of(instances_.begin(), instances_.end(), [&](const auto& instance) {
    return isNew(*instance) && !instance->registrations().migrations.empty();
  });
  if (is_needed) facilities_.database.migrate(migrations());
}

void Generation::start() {
  std::vector<Instance*> started;
  try {
    for (const auto& instance : instances_) {
      if (!isNew(*instance)) continue;
      started.push_back(instance.get());
      instance->start();
    }
  } catch (...) {
    for (auto instance = started.rbegin(); instance != started.rend(); ++instance) (*instance)->stop();
    throw;
  }
}

void Generation::restoreStates(const Generation& previous) {
  for (const auto& instance : instances_) {
    if (!isNew(*instance)) continue;
    for (const auto& before : previous.instances_) {
      if (before->name() == instance->name()) instance->restoreFrom(*before);
    }
  }
}

void Generation::retire(const Generation& next) {
  for (const auto& instance : instances_) {
    if (next.find(instance->name()) == instance.get()) continue;
    leaving_.push_back(instance->name());
    instance->drain();
  }
  site_.reset();
  listeners_.reset();
  pin_.reset();
}

void Generation::drain() {
  for (const auto& instance : instances_) instance->drain();
}

void Generation::stop() {
  for (auto instance = instances_.rbegin(); instance != instances_.rend(); ++instance) (*instance)->stop();
}

}  // namespace kavro::registry
