#include "kernel/commands/facility_options.hpp"

#include <chrono>

namespace kavro::commands {
namespace {

std::chrono::milliseconds duration(const config::Settings& settings, std::string_view key) {
  return std::chrono::milliseconds(settings.getInteger(key));
}

std::size_t size(const config::Settings& settings, std::string_view key) {
  return static_cast<std::size_t>(settings.getInteger(key));
}

}  // namespace

host::Log::Level logLevel(const registry::Composition& composition) {
  const std::string level = composition.section("log").getText("level");
  if (level == "error") return host::Log::Level::kError;
  if (level == "warning") return host::Log::Level::kWarning;
  if (level == "debug") return host::Log::Level::kDebug;
  return host::Log::Level::kInformation;
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

}  // namespace kavro::commands
