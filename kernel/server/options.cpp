#include "kernel/server/options.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace kavro::server {
namespace {

std::chrono::milliseconds duration(const config::Settings& settings, std::string_view key) {
  return std::chrono::milliseconds(settings.getInteger(key));
}

std::size_t size(const config::Settings& settings, std::string_view key) {
  return static_cast<std::size_t>(settings.getInteger(key));
}

}  // namespace

host::Log::Level logLevel(const registry::Composition& composition) {
  return host::Log::findLevel(composition.section("log").getText("level")).value_or(host::Log::Level::kInformation);
}

host::Log::Format logFormat(const registry::Composition& composition) {
  return composition.section("log").getText("format") == "json" ? host::Log::Format::kJson : host::Log::Format::kText;
}

std::map<std::string, host::Log::Level> logLevels(const registry::Composition& composition) {
  std::map<std::string, host::Log::Level> levels;
  for (const registry::PlannedPlugin& plugin : composition.plugins) {
    if (!plugin.log_level) continue;
    if (const auto level = host::Log::findLevel(*plugin.log_level)) levels.emplace(plugin.instance, *level);
  }
  return levels;
}

database::Options databaseOptions(const registry::Composition& composition, host::Log& log) {
  const config::Settings& settings = composition.section("database");
  database::Options options;
  options.url = composition.database_url;
  options.group_max = size(settings, "group_max");
  options.queue_max = size(settings, "queue_max");
  options.busy_timeout = duration(settings, "busy_timeout");
  options.password = settings.text("password").value_or("");
  options.read_cache_bytes = static_cast<std::uint64_t>(settings.getInteger("read_cache"));
  options.read_sessions = size(settings, "read_sessions");
  options.write_sessions = size(settings, "write_sessions");
  options.prepared_statements = settings.getInteger("prepared_statements") != 0;
  options.connect_timeout = duration(settings, "connect_timeout");
  options.statement_timeout = duration(settings, "statement_timeout");
  options.wait_max = duration(settings, "wait_timeout");
  options.start_wait = duration(settings, "start_timeout");
  options.log = [&log](int32_t level, std::string_view message) {
    log.write("database", static_cast<host::Log::Level>(level), message);
  };
  return options;
}

host::WorkPool::Options workerOptions(const registry::Composition& composition) {
  const config::Settings& settings = composition.section("server");
  return {"workers", static_cast<unsigned>(settings.getInteger("workers")), size(settings, "worker_queue_max"), 0};
}

http::TlsOptions tlsOptions(const registry::Composition& composition) {
  const config::Settings& tls = composition.section("tls");
  return {tls.getText("minimum_version"), tls.getText("ciphers"), duration(tls, "ticket_lifetime")};
}

http::ServerOptions serverOptions(const registry::Composition& composition) {
  const config::Settings& http = composition.section("http");
  http::ServerOptions options;
  options.limits.request_line_bytes_max = size(http, "request_line_bytes_max");
  options.limits.header_bytes_max = size(http, "header_bytes_max");
  options.limits.header_fields_max = size(http, "header_fields_max");
  options.limits.body_bytes_max = size(http, "body_bytes_max");
  options.handshake_timeout = duration(http, "handshake_timeout");
  options.header_timeout = duration(http, "header_timeout");
  options.body_timeout = duration(http, "body_timeout");
  options.body_rate_min = static_cast<std::uint64_t>(http.getInteger("body_rate_min"));
  options.body_grace_time = duration(http, "body_grace_time");
  options.response_memory_max = static_cast<std::uint64_t>(http.getInteger("response_memory_max"));
  options.body_memory_max = static_cast<std::uint64_t>(http.getInteger("body_memory_max"));
  options.idle_timeout = duration(http, "idle_timeout");
  options.write_timeout = duration(http, "write_timeout");
  options.response_rate_min = static_cast<std::uint64_t>(http.getInteger("response_rate_min"));
  options.connections_max = size(http, "connections_max");
  if (const auto per_address = http.integer("connections_per_address_max")) {
    options.connections_per_address_max = static_cast<std::size_t>(*per_address);
    options.loopback_counts = true;
  }
  options.backlog = static_cast<int>(http.getInteger("backlog"));
  options.block_timeout = duration(composition.section("server"), "block_timeout");
  options.reactors = static_cast<unsigned>(composition.section("server").getInteger("reactors"));
  options.strict_host = composition.section("tls").getInteger("strict_host") != 0;
  options.trusted_proxies = composition.trusted_proxies;
  if (options.reactors == 0) options.reactors = std::max(1u, std::thread::hardware_concurrency());
  return options;
}

}  // namespace kavro::server
