// kavro::http::Server in the test's own process, with C functions in the place of plugins, and a client for it.
//
//   PlainServer server;
//   auto plugin = server.plugin("sleepy", policy);
//   server.route(plugin, "/late", handler, &state);
//   server.start();
//   EXPECT_EQ(503, server.get("/late").status);
//
// Threads: one; get() any. The order of ending: whatever is held has to be given back before the object ends.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <streambuf>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/host/log.hpp"
#include "kernel/host/work_pool.hpp"
#include "kernel/http/server.hpp"

namespace kavro::http {

struct PlainReply {
  int status = 0;  // 0: the connection was closed without an answer
  std::string text;

  bool has(std::string_view part) const { return text.find(part) != std::string::npos; }
};

// Keeps what is logged, instead of standard error. Threads: any.
class LogText : private std::streambuf {
 public:
  LogText();
  ~LogText() override;
  std::string text() const;

 private:
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int overflow(int character) override;

  mutable std::mutex mutex_;
  std::string text_;
  std::streambuf* before_;
};

class PlainServer {
 public:
  using Handle = void (*)(void*, kavro_exchange*, const kavro_request*);
  using Run = std::int32_t (*)(void*, kavro_exchange*, const kavro_request*);

  explicit PlainServer(ServerOptions options = {});
  ~PlainServer();

  struct Plugin {
    std::shared_ptr<PluginCalls> calls;
    FailurePolicy policy;
  };
  Plugin plugin(const std::string& name, FailurePolicy policy = {});
  void route(const Plugin& plugin, const std::string& pattern, Handle handle, void* user, std::uint32_t flags = 0,
             const std::string& method = "GET");
  void filter(const Plugin& plugin, std::int32_t phase, Run run, void* user);
  // GET /ok, and what was added; on a free port of 127.0.0.1.
  void start();

  PlainReply get(const std::string& path, const std::string& fields = {}) const;
  PlainReply put(const std::string& path, const std::string& fields = {}) const;  // without a body
  std::uint16_t port() const { return port_; }
  Server& server() { return server_; }
  RequestMetrics& metrics() { return metrics_; }
  CurrentSite& site() { return site_; }
  static void ok(void*, kavro_exchange* exchange, const kavro_request*);

 private:
  host::Log log_{host::Log::Level::kInformation};
  host::WorkPool workers_{{"worker", 2, 64, 0}};
  RequestMetrics metrics_;
  CurrentSite site_;
  Router router_{{""}};
  std::vector<Filter> filters_;
  Server server_;
  std::uint16_t port_ = 0;
};

// Connected to 127.0.0.1; -1 when refused.
int connectTo(std::uint16_t port, int receive_buffer_bytes = 0);
PlainReply requestFrom(std::uint16_t port, const std::string& path, const std::string& fields = {},
                       const std::string& method = "GET");
// True as soon as `what` is; false after a minute.
bool eventually(const std::function<bool()>& what);

}  // namespace kavro::http
