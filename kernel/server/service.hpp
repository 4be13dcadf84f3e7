// A running server: its parts, and what can be asked of it while it runs. Reload is a transaction: either the next
// composition runs, or the one that ran goes on untouched and the answer says why (decisions/0015-reload.md).
//
// Threads: one, which is [main] of the ABI: it makes, starts, stops and destroys plugins. Requests are served on others.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kernel/database/database.hpp"
#include "kernel/host/log.hpp"
#include "kernel/host/plugin_host.hpp"
#include "kernel/host/work_pool.hpp"
#include "kernel/http/server.hpp"
#include "kernel/registry/change.hpp"
#include "kernel/registry/generation.hpp"
#include "kernel/registry/library.hpp"
#include "kernel/registry/outline.hpp"
#include "kernel/server/tls_contexts.hpp"

namespace kavro::server {

class Service {
 public:
  using Clock = std::chrono::steady_clock;

  // `wake` is called, on any thread, when tick() has something to do. Creates every plugin; nothing outside of the
  // process changes yet. Throws.
  Service(registry::CompositionSource source, registry::Composition composition, host::Log& log,
          std::function<void()> wake);
  ~Service();

  // Before start(): sockets that were opened for the server, to be used in place of binding their addresses.
  void inherit(std::vector<http::InheritedSocket> sockets) { server_->inherit(std::move(sockets)); }

  // Migrates, starts, listens, serves. Throws.
  void start();

  struct ReloadResult {
    bool done = false;
    std::vector<std::string> problems;  // why not, each with its file and line where it has one
    std::vector<std::string> warnings;
    registry::Change change;
    std::chrono::milliseconds took{};
    std::string text() const;  // one line for the log
  };
  // Reads the configuration again and makes it what runs.
  ReloadResult reload();
  // Told when a reload begins, and when it has ended.
  void onReload(std::function<void(bool begins)> told) { told_ = std::move(told); }

  struct Plan {
    std::vector<std::string> problems, warnings;  // with problems, nothing else
    registry::Change change;
    registry::OutlineChange outline;
  };
  // What a reload would do if the configuration were that of `file`. Changes nothing.
  Plan plan(const std::string& file);

  // Ends what no request is in any more. Soon after `wake`, and every second or so.
  void tick();

  // Whether requests are being worked on at all: for a service manager's watchdog.
  bool healthy() const;

  // Finishes what runs, within drain_timeout, and stops. Returns how many requests had no answer: while that is not 0
  // somebody may still call in, and nothing may be destroyed.
  std::size_t stop();

  // Any thread, while it serves.
  const http::RequestMetrics& requests() const { return parts_.requests; }
  std::vector<std::shared_ptr<http::PluginCalls>> pluginCalls() const;
  std::size_t workersWaiting() const { return workers_.waiting(); }

  // The addresses that are served, with their ports: "https://127.0.0.1:8443".
  std::vector<std::string> addresses() const { return addresses_; }
  std::vector<std::string> adminAddresses() const { return admin_addresses_; }
  const registry::Composition& composition() const { return composition_; }
  const registry::CompositionSource& source() const { return source_; }
  const registry::Generation& generation() const { return *generation_; }
  std::uint64_t generationNumber() const { return shown_number_.load(std::memory_order_relaxed); }
  std::size_t retiring() const { return shown_retiring_.load(std::memory_order_relaxed); }
  std::vector<registry::SettingChange> pendingSettings() const;
  const registry::Libraries& libraries() const { return libraries_; }
  const database::Database& database() const { return *database_; }
  http::Server& http() { return *server_; }
  host::Log& log() { return log_; }
  std::chrono::system_clock::time_point startedAt() const { return started_at_; }
  struct Reloads {
    std::atomic<std::uint64_t> done{0}, refused{0};
    std::chrono::system_clock::time_point last_at{};
    std::string last;  // what came of the last one
  };
  const Reloads& reloads() const { return reloads_; }

 private:
  struct Retiring {
    std::unique_ptr<registry::Generation> generation;
    std::uint64_t number;
    Clock::time_point deadline;
    bool told = false;
  };

  registry::Change changeTo(const registry::Composition& next) const;
  void swapIn(const registry::Composition& next, ReloadResult& result);
  std::vector<http::ListenTarget> listenTargets(const registry::Composition& composition);
  void listen(http::PreparedListeners prepared);
  void publish(registry::Generation& next);
  void askDatabase();
  void note(const ReloadResult& result);

  registry::CompositionSource source_;
  registry::Composition composition_;
  const registry::Composition started_;  // what cannot change while it runs is as here
  host::Log& log_;
  const std::function<void()> wake_;
  std::function<void(bool)> told_;
  const std::chrono::system_clock::time_point started_at_ = std::chrono::system_clock::now();

  host::Parts parts_;
  std::unique_ptr<database::Database> database_;
  host::WorkPool workers_;
  host::Facilities facilities_;
  registry::Libraries libraries_;
  http::CurrentSite site_;
  TlsContexts tls_contexts_;
  std::unique_ptr<http::Server> server_;
  std::uint64_t number_ = 1;
  std::unique_ptr<registry::Generation> generation_;
  std::list<Retiring> retiring_;
  std::atomic<std::uint64_t> shown_number_{1};  // for readers on other threads
  std::atomic<std::size_t> shown_retiring_{0};
  Reloads reloads_;
  std::atomic<bool> asking_database_{false};
  std::vector<std::string> addresses_, admin_addresses_;
  std::atomic<bool> last_words_done_{false};

  mutable std::mutex calls_mutex_;  // protects what follows
  std::vector<std::shared_ptr<http::PluginCalls>> calls_;
};

}  // namespace kavro::server
