// A generation: an immutable composition of plugins, routes, filters and services (decisions/0004-generations.md).
// Requests hold the site of the generation they started with; a reload builds the next one beside it.
//
// Life: build() -> migrate() -> start() -> published -> drain() -> stop() -> destroyed. Threads: one thread calls these.
// `kavro import` goes no further than migrate().
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernel/host/plugin_host.hpp"
#include "kernel/host/timers.hpp"
#include "kernel/http/site.hpp"
#include "kernel/registry/composition.hpp"
#include "kernel/registry/instance.hpp"

namespace kavro::registry {

class Generation {
 public:
  // Loads and creates every plugin in dependency order; no outside effect. Throws std::runtime_error.
  Generation(const Composition& composition, host::Facilities& facilities);
  ~Generation();
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  std::shared_ptr<const http::Site> site() const { return site_; }
  std::size_t pluginCount() const { return instances_.size(); }

  // The hosts of the plugins, providers first; they live as long as the generation.
  std::vector<host::PluginHost*> hosts() const;

  // All that the plugins registered, in their order.
  std::vector<database::Migration> migrations() const;
  // Brings the schema up to date. Throws.
  void migrate();
  // Starts the plugins in order, then the timers. Throws; then stop() what started.
  void start();
  void drain();
  // In reverse order.
  void stop();

  // Something that the kernel has to tell: to listeners of this generation.
  void emit(const kavro_event& event) const { events_.emit(event); }

 private:
  void buildSite(const Composition& composition);

  host::Facilities& facilities_;
  host::EventBus events_;
  host::ServiceDirectory services_;
  std::vector<std::unique_ptr<Instance>> instances_;  // providers first
  host::Timers timers_;
  std::shared_ptr<const http::Site> site_;
};

}  // namespace kavro::registry
