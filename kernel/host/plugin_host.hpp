// What a plugin instance sees of the kernel: the kavro_host of the ABI, and what it registered through it.
//
// Life: made before the plugin's create(), which fills `registrations`; each generation that the instance is part of
// copies from them; lives until after destroy(). Threads: registering only inside create(); everything else from any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kavro/abi/base.h>
#include <kavro/abi/import.h>

#include "kernel/config/settings.hpp"
#include "kernel/database/database.hpp"
#include "kernel/host/event_bus.hpp"
#include "kernel/host/json_reader.hpp"
#include "kernel/host/log.hpp"
#include "kernel/host/metrics.hpp"
#include "kernel/host/work_pool.hpp"
#include "kernel/http/request_metrics.hpp"
#include "kernel/http/site.hpp"

namespace kavro::host {

// What a process with plugins has one of each, and what needs nothing else to be made.
struct Parts {
  EventBus events;
  JsonReader json;
  Metrics metrics;
  http::RequestMetrics requests;
  std::atomic<bool> draining{false};  // the server is about to stop: /readyz says so
};

// What the kernel has for plugins; outlives them all.
struct Facilities {
  Facilities(Log& the_log, database::Database& the_database, WorkPool& the_workers, Parts& parts)
      : log(the_log),
        database(the_database),
        workers(the_workers),
        events(parts.events),
        json(parts.json),
        metrics(parts.metrics),
        requests(parts.requests),
        draining(parts.draining) {}

  Log& log;
  database::Database& database;
  WorkPool& workers;
  EventBus& events;
  JsonReader& json;
  Metrics& metrics;
  http::RequestMetrics& requests;
  const std::atomic<bool>& draining;
};

// Services by id, of one generation. Providers are created before users. An instance keeps the directory that it was
// created with: those whose services it uses are carried over with it, or it is not.
using ServiceDirectory = std::map<std::string, const void*, std::less<>>;

// What a plugin registered inside create().
struct Registrations {
  struct Timer {
    std::chrono::milliseconds interval;
    void (*run)(void*);
    void* user;
  };
  // A table of another service's database that the plugin takes over.
  struct Import {
    std::string source_table;
    std::string target_table;  // may be empty
    std::vector<std::string> columns;  // the key first; "name?" may be missing
    bool owner = false;                // KAVRO_IMPORT_OWNER
    void* user;
    decltype(kavro_import_table::import_row) import_row;
  };
  std::vector<http::Route> routes;
  std::vector<http::Filter> filters;
  std::vector<std::pair<std::string, std::string>> constant_fields;
  std::vector<Listener> listeners;
  std::vector<database::Migration> migrations;
  std::vector<Timer> timers;
  std::vector<Import> imports;
};

class PluginHost {
 public:
  // What the manifest and the plan say about the instance.
  struct Identity {
    std::string name;
    config::Settings settings;
    std::vector<std::string> provides;
    std::vector<std::string> uses;  // required and optional
  };

  PluginHost(Facilities& facilities, Identity identity, std::shared_ptr<ServiceDirectory> services);
  PluginHost(const PluginHost&) = delete;
  PluginHost& operator=(const PluginHost&) = delete;

  static PluginHost& of(const kavro_host* host) { return *static_cast<PluginHost*>(host->kernel); }
  const kavro_host* abi() const { return &abi_; }

  const Identity& identity() const { return identity_; }
  Facilities& facilities() { return facilities_; }
  ServiceDirectory& services() { return *services_; }
  Log::Channel& log() { return log_; }
  MetricOwner& metrics() { return metrics_; }
  Registrations& registrations() { return registrations_; }

  // Between these two fail() keeps the reason instead of logging it. Registering is possible only while composing.
  void beginComposing() { composing_ = true; }
  void endComposing() { composing_ = false; }
  bool composing() const { return composing_; }
  void beginImporting() { importing_ = true; }
  void endImporting() { importing_ = false; }

  void fail(std::string_view why);
  // What fail() said since it was asked last; "it gave no reason" when it said nothing.
  std::string takeFailure();
  // The same, but empty when it said nothing.
  std::string takeReason();

  // The plugin's own pools.
  WorkPool& addPool(WorkPool::Options options);
  // A job for one of them, or for the shared one. False: refused, and not called.
  bool submit(WorkPool& pool, void (*run)(void*), void* user);
  // Runs what was accepted, also by the shared pool, and refuses what comes.
  void stopPools();

 private:
  void jobDone();

  Facilities& facilities_;
  Identity identity_;
  std::shared_ptr<ServiceDirectory> services_;
  Log::Channel& log_;
  MetricOwner metrics_;
  kavro_host abi_{};
  Registrations registrations_;
  std::atomic<bool> composing_{false};
  std::atomic<bool> importing_{false};
  std::vector<std::unique_ptr<WorkPool>> pools_;
  std::mutex mutex_;  // protects what follows
  std::string failure_;
  std::condition_variable jobs_done_;
  std::size_t jobs_ = 0;  // accepted and not done
  bool stopping_ = false;
};

// The table with this id, or null. Every table is read-only and lives as long as the program.
const void* findInterface(std::string_view id);

}  // namespace kavro::host
