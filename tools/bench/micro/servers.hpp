// A whole server without sockets: the real composition, plugins and database, as `kavro run` makes them, up to the
// point where it would listen. The database and the secrets are in a folder of its own, removed with it.
//
// Threads: one makes and ends it; its plugins have their own. Errors: std::runtime_error with the reason.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/database/database.hpp"
#include "kernel/host/log.hpp"
#include "kernel/host/work_pool.hpp"
#include "kernel/http/options.hpp"
#include "kernel/http/reactor.hpp"
#include "kernel/registry/composition.hpp"
#include "kernel/registry/generation.hpp"

namespace kavro::micro {

// A folder below the build folder, so that what is durable is on a disk.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void write(const std::string& name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

class ComposedServer {
 public:
  // kBundled: conf/kavro.ini as it is delivered, but for the places of its files, the log's level, and plain HTTP.
  // kNone: no plugin. kNoOp: the plugin noop, which is in this folder.
  enum class Plugins { kBundled, kNone, kNoOp };

  explicit ComposedServer(Plugins plugins);
  ~ComposedServer();
  ComposedServer(const ComposedServer&) = delete;
  ComposedServer& operator=(const ComposedServer&) = delete;

  const http::Site& site() const { return *generation_->site(); }
  // What a reactor needs; outlived by the server.
  http::Reactor::Shared& shared() { return *shared_; }
  // What the plugin sees of the server.
  const kavro_host* hostOf(std::string_view plugin) const;

 private:
  Folder folder_;
  http::ServerOptions options_;
  host::Log log_;
  registry::Composition composition_;
  std::unique_ptr<database::Database> database_;
  host::WorkPool workers_;
  host::Parts parts_;
  host::Facilities facilities_;
  registry::Libraries libraries_;
  std::unique_ptr<registry::Generation> generation_;
  http::CurrentSite current_;
  std::unique_ptr<http::Reactor::Shared> shared_;
};

// The servers that pieces share, each made when it is first asked for.
class Servers {
 public:
  ComposedServer& bundled() { return get(bundled_, ComposedServer::Plugins::kBundled); }
  ComposedServer& kernelOnly() { return get(kernel_only_, ComposedServer::Plugins::kNone); }
  ComposedServer& noOp() { return get(no_op_, ComposedServer::Plugins::kNoOp); }

 private:
  static ComposedServer& get(std::unique_ptr<ComposedServer>& server, ComposedServer::Plugins plugins) {
    if (!server) server = std::make_unique<ComposedServer>(plugins);
    return *server;
  }

  std::unique_ptr<ComposedServer> bundled_;
  std::unique_ptr<ComposedServer> kernel_only_;
  std::unique_ptr<ComposedServer> no_op_;
};

}  // namespace kavro::micro
