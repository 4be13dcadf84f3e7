// {"ok":true,"version","process","uptime","uptime_s","state":"serving"|"not ready: ...","file","files":[...],
//  "generation","retiring","reloads":{"done","refused"},"last_reload":{"time","result"},"listen":["https://..."],"admin":[...],
//  "connections","requests_in_flight","database":{"kind","state","writes_waiting","reads_waiting","writes","groups"},
//  "plugins":[{"name","version","summary","state","calls","failures","log","health":[{"what","good","required","detail"}]}],
//  "pending":[...],"retired_libraries","retired_library_bytes"}
#include <unistd.h>

#include <algorithm>

#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>

#include "kernel/server/control.hpp"
#include "kernel/server/json_text.hpp"
#include "kernel/server/service.hpp"
#include "kernel/version.hpp"

namespace kavro::server {

namespace {

// "3d 4h", "4h 12min", "12min 5s", "5s".
std::string duration(std::int64_t seconds) {
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  static constexpr Unit kUnits[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
  std::string text;
  int parts = 0;
  for (const Unit& unit : kUnits) {
    const std::int64_t count = seconds / unit.seconds;
    seconds %= unit.seconds;
    if (count == 0 && !(parts == 0 && unit.seconds == 1)) {
      if (parts > 0) break;
      continue;
    }
    text += (parts > 0 ? " " : "") + std::to_string(count) + unit.name;
    if (++parts == 2) break;
  }
  return text;
}

std::string timeText(std::chrono::system_clock::time_point time) {
  return Poco::DateTimeFormatter::format(
      Poco::Timestamp::fromEpochTime(std::chrono::system_clock::to_time_t(time)), "%Y-%m-%dT%H:%M:%SZ");
}

std::string_view nameOf(http::PluginCalls::State state) {
  switch (state) {
    case http::PluginCalls::State::kQuarantined: return "quarantined";
    case http::PluginCalls::State::kHalfOpen: return "tried again after quarantine";
    default: return "serving";
  }
}

void writePlugin(JsonWriter& json, registry::Instance& instance, const registry::PlannedPlugin* plan) {
  const http::PluginCalls::Totals totals = instance.calls()->totals();
  json.beginObject().key("name").string(instance.name());
  if (plan) json.key("version").string(plan->manifest.version).key("summary").string(plan->manifest.summary);
  json.key("state").string(nameOf(totals.state));
  json.key("calls").integer(static_cast<std::int64_t>(totals.calls));
  json.key("failures").integer(static_cast<std::int64_t>(totals.failures));
  json.key("health").beginArray();
  for (const auto& item : instance.health()) {
    json.beginObject().key("what").string(item.what).key("good").boolean(item.good);
    json.key("required").boolean(item.required).key("detail").string(item.detail).endObject();
  }
  json.endArray().endObject();
}

}  // namespace

std::string statusOf(Service& service) {
  const auto up = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now() - service.startedAt());
  const std::vector<std::string> missing = service.generation().missing();
  const registry::Composition& composition = service.composition();
  std::string text;
  JsonWriter json(text);
  json.beginObject().key("ok").boolean(true).key("version").string(KAVRO_VERSION);
  json.key("process").integer(::getpid()).key("uptime").string(duration(up.count())).key("uptime_s").integer(up.count());
  json.key("state").string(missing.empty() ? "serving" : "not ready: " + config::listed(missing));
  json.key("file").string(composition.file).key("files").beginArray();
  for (const std::string& file : composition.files) json.string(file);
  json.endArray().key("generation").integer(static_cast<std::int64_t>(service.generationNumber()));
  json.key("retiring").integer(static_cast<std::int64_t>(service.retiring()));
  const Service::Reloads& reloads = service.reloads();
  json.key("reloads").beginObject().key("done").integer(static_cast<std::int64_t>(reloads.done.load()));
  json.key("refused").integer(static_cast<std::int64_t>(reloads.refused.load())).endObject();
  if (!reloads.last.empty()) {
    json.key("last_reload").beginObject().key("time").string(timeText(reloads.last_at));
    json.key("result").string(reloads.last).endObject();
  }
  json.key("listen").beginArray();
  for (const std::string& address : service.addresses()) json.string(address);
  json.endArray().key("admin").beginArray();
  for (const std::string& address : service.adminAddresses()) json.string(address);
  json.endArray();
  const auto http = service.http().statistics();
  json.key("connections").integer(static_cast<std::int64_t>(http.connections));
  json.key("requests_in_flight").integer(static_cast<std::int64_t>(http.running));
  const database::Statistics database = service.database().statistics();
  json.key("database").beginObject();
  json.key("kind").string(composition.database_url.starts_with("sqlite:") ? "SQLite" : "PostgreSQL");
  json.key("state").string(service.database().isAvailable() ? "available" : "away");
  json.key("writes_waiting").integer(static_cast<std::int64_t>(database.writes_waiting));
  json.key("reads_waiting").integer(static_cast<std::int64_t>(database.reads_waiting));
  json.key("writes").integer(static_cast<std::int64_t>(database.writes));
  json.key("groups").integer(static_cast<std::int64_t>(database.groups)).endObject();
  json.key("plugins").beginArray();
  for (const auto& instance : service.generation().instances()) {
    const auto plan = std::find_if(composition.plugins.begin(), composition.plugins.end(),
                                   [&](const registry::PlannedPlugin& p) { return p.instance == instance->name(); });
    writePlugin(json, *instance, plan == composition.plugins.end() ? nullptr : &*plan);
  }
  json.endArray().key("pending").beginArray();
  for (const registry::SettingChange& setting : service.pendingSettings()) {
    json.beginObject().key("section").string(setting.section).key("key").string(setting.key);
    json.key("live").boolean(false).key("origin").string(setting.origin).endObject();
  }
  json.endArray();
  json.key("retired_libraries").integer(static_cast<std::int64_t>(service.libraries().retired()));
  json.key("retired_library_bytes").integer(static_cast<std::int64_t>(service.libraries().retiredBytes())).endObject();
  return text;
}

}  // namespace kavro::server
