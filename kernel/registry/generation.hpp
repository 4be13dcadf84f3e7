// A generation: an immutable composition of plugins, routes, filters and services (decisions/0004-generations.md).
// Requests hold the site of the generation they started with; a reload builds the next one beside it.
//
// Life: constructed -> migrate() -> start() -> restoreStates() -> site() and listeners() published -> retire() when the
// next one is published -> unused() once no request and no event is in it any more -> destroyed, which stops the
// instances that no later generation carries over. The last one: drain(), stop().
// Threads: one thread calls these. `kavro import` goes no further than migrate(), a trial no further than constructing.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernel/host/plugin_host.hpp"
#include "kernel/http/site.hpp"
#include "kernel/registry/change.hpp"
#include "kernel/registry/composition.hpp"
#include "kernel/registry/instance.hpp"
#include "kernel/registry/library.hpp"

namespace kavro::registry {

class Generation {
 public:
  // What it is built with, when there is a generation before it.
  struct Previous {
    const Generation& generation;
    const Change& change;  // says which instances are carried over
  };
  // Told, on any thread, when unused() becomes true.
  using Unused = std::function<void()>;

  // Loads and creates every plugin that is not carried over, in dependency order; no outside effect. `loading` is told
  // the name of each before that. Throws std::runtime_error.
  Generation(const Composition& composition, host::Facilities& facilities, Libraries& libraries,
             const Previous* previous = nullptr, Unused unused = {},
             const std::function<void(const std::string&)>& loading = {});
  ~Generation();
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  std::shared_ptr<const http::Site> site() const { return site_; }
  std::shared_ptr<const host::Listeners> listeners() const { return listeners_; }
  std::size_t pluginCount() const { return instances_.size(); }
  const std::vector<std::shared_ptr<Instance>>& instances() const { return instances_; }
  const Instance* find(std::string_view name) const;

  // What is away that requests need: "database", a plugin's name, "stopping". Any thread, while it is published.
  std::vector<std::string> missing() const;

  // The hosts of the plugins, providers first; they live as long as the generation.
  std::vector<host::PluginHost*> hosts() const;

  // All that the plugins registered, in their order.
  std::vector<database::Migration> migrations() const;
  // Brings the schema up to date, when a plugin is new here. Throws.
  void migrate();
  // Starts the plugins that are new here, in order. Throws; those that started are stopped then.
  void start();
  // Hands over what the instances knew whose place new ones take. Just before publishing.
  void restoreStates(const Generation& previous);

  // Another generation is published: plugins that are not part of `next` are told to drain. From here on site() and
  // listeners() are empty.
  void retire(const Generation& next);
  bool unused() const { return unused_->load(std::memory_order_acquire); }
  // The plugins that end with it, unless it is unused.
  std::vector<std::string> leaving() const { return leaving_; }

  void drain();
  // In reverse order.
  void stop();

 private:
  void buildSite(const Composition& composition);
  bool isNew(const Instance& instance) const;

  host::Facilities& facilities_;
  std::shared_ptr<std::atomic<bool>> unused_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<void> pin_;  // held by whoever may still call into the plugins; its end sets unused_
  std::shared_ptr<host::ServiceDirectory> services_ = std::make_shared<host::ServiceDirectory>();
  std::vector<std::shared_ptr<Instance>> instances_;  // providers first
  std::vector<std::string> new_;                      // those that are not carried over
  std::vector<std::string> leaving_;
  std::shared_ptr<const http::Site> site_;
  std::shared_ptr<const host::Listeners> listeners_;
};

}  // namespace kavro::registry
