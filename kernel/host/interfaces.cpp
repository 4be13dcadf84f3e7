// The tables that are a few lines each, and the list by id.
#include "kernel/host/interfaces.hpp"

#include <algorithm>

#include <kavro/abi/database.h>
#include <kavro/abi/events.h>
#include <kavro/abi/json.h>
#include <kavro/abi/log.h>
#include <kavro/abi/services.h>
#include <kavro/abi/settings.h>
#include <kavro/abi/work.h>
#include <kavro/text.hpp>

#include "kernel/database/session.hpp"
#include "kernel/host/plugin_host.hpp"

namespace kavro::host {

namespace {

constexpr kavro_log_v1 kLog = {
    sizeof(kavro_log_v1),
    [](const kavro_host* host, int32_t level, kavro_text message) {
      PluginHost& plugin = PluginHost::of(host);
      plugin.facilities().log.write(plugin.log(), static_cast<Log::Level>(level), fromAbi(message));
    },
    [](const kavro_host* host, int32_t level) -> int32_t {
      return PluginHost::of(host).log().enabled(static_cast<Log::Level>(level)) ? 1 : 0;
    },
};

constexpr kavro_settings_v1 kSettings = {
    sizeof(kavro_settings_v1),
    [](const kavro_host* host, kavro_text key, kavro_text* value) -> kavro_status {
      const auto found = PluginHost::of(host).identity().settings.text(fromAbi(key));
      if (!found) return KAVRO_NOT_FOUND;
      *value = toAbi(*found);
      return KAVRO_OK;
    },
    [](const kavro_host* host, kavro_text key, int64_t* value) -> kavro_status {
      const auto found = PluginHost::of(host).identity().settings.integer(fromAbi(key));
      if (!found) return KAVRO_NOT_FOUND;
      *value = *found;
      return KAVRO_OK;
    },
    [](const kavro_host* host, kavro_text prefix, size_t index, kavro_field* entry, kavro_text* origin)
        -> kavro_status {
      const auto members = PluginHost::of(host).identity().settings.family(fromAbi(prefix));
      if (index >= members.size()) return KAVRO_NOT_FOUND;
      *entry = {toAbi(members[index].name), toAbi(members[index].value)};
      if (origin) *origin = toAbi(members[index].origin);
      return KAVRO_OK;
    },
};

constexpr kavro_events_v1 kEvents = {
    sizeof(kavro_events_v1),
    [](const kavro_host* host, const kavro_event* event) { PluginHost::of(host).facilities().events.emit(*event); },
    [](const kavro_host* host, void (*on_event)(void*, const kavro_event*), void* user) -> kavro_status {
      PluginHost& plugin = PluginHost::of(host);
      if (!plugin.composing() || !on_event) return KAVRO_INVALID;
      plugin.registrations().listeners.push_back({on_event, user});
      return KAVRO_OK;
    },
};

bool contains(const std::vector<std::string>& ids, const char* id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

constexpr kavro_services_v1 kServices = {
    sizeof(kavro_services_v1),
    [](const kavro_host* host, const char* id, const void* table) -> kavro_status {
      PluginHost& plugin = PluginHost::of(host);
      if (!plugin.composing() || !table || !contains(plugin.identity().provides, id)) return KAVRO_INVALID;
      return plugin.services().emplace(id, table).second ? KAVRO_OK : KAVRO_CONFLICT;
    },
    [](const kavro_host* host, const char* id) -> const void* {
      PluginHost& plugin = PluginHost::of(host);
      if (!contains(plugin.identity().uses, id)) return nullptr;
      const auto found = plugin.services().find(id);
      return found == plugin.services().end() ? nullptr : found->second;
    },
};

constexpr kavro_json_v1 kJson = {
    sizeof(kavro_json_v1),
    [](const kavro_host* host, kavro_text text, kavro_json_document* document, const char** why) {
      return PluginHost::of(host).facilities().json.parse(text, *document, *why);
    },
    [](kavro_json_document* document) { JsonReader::release(*document); },
};

constexpr kavro_database_v1 kDatabase = {
    sizeof(kavro_database_v1),
    [](const kavro_host* host, uint32_t version, kavro_text summary, kavro_text sql) -> kavro_status {
      PluginHost& plugin = PluginHost::of(host);
      if (!plugin.composing()) return KAVRO_INVALID;
      plugin.registrations().migrations.push_back(
          {plugin.identity().name, version, std::string(fromAbi(summary)), std::string(fromAbi(sql))});
      return KAVRO_OK;
    },
    [](const kavro_host* host, kavro_session_fn fn, kavro_done_fn done, void* user) {
      PluginHost::of(host).facilities().database.read(fn, done, user);
    },
    [](const kavro_host* host, kavro_session_fn fn, kavro_done_fn done, void* user) {
      PluginHost::of(host).facilities().database.write(fn, done, user);
    },
    [](kavro_session* session, kavro_text sql, const kavro_sql_value* parameters, size_t count, kavro_row_fn row,
       void* user, int64_t* affected) {
      return database::Session::from(session).execute(sql, {parameters, count}, row, user, affected);
    },
    [](kavro_session* session) { return toAbi(database::Session::from(session).why()); },
    [](const kavro_host* host, const kavro_statement* statement, kavro_done_fn done, void* user) {
      PluginHost::of(host).facilities().database.writeStatement(*statement, done, user);
    },
};

constexpr unsigned kPoolThreadsMax = 256;

constexpr kavro_work_v1 kWork = {
    sizeof(kavro_work_v1),
    [](const kavro_host* host, kavro_text name, uint32_t threads, uint32_t queue_max, int32_t nice) -> kavro_pool* {
      PluginHost& plugin = PluginHost::of(host);
      if (!plugin.composing() || threads < 1 || threads > kPoolThreadsMax || queue_max < 1) return nullptr;
      WorkPool& pool = plugin.addPool({plugin.identity().name + "." + std::string(fromAbi(name)), threads, queue_max,
                                       nice});
      return reinterpret_cast<kavro_pool*>(&pool);
    },
    [](const kavro_host* host, kavro_pool* pool, void (*run)(void*), void* user) -> kavro_status {
      PluginHost& plugin = PluginHost::of(host);
      WorkPool& chosen = pool ? *reinterpret_cast<WorkPool*>(pool) : plugin.facilities().workers;
      return plugin.submit(chosen, run, user) ? KAVRO_OK : KAVRO_UNAVAILABLE;
    },
};

constexpr kavro_timers_v1 kTimers = {
    sizeof(kavro_timers_v1),
    [](const kavro_host* host, uint64_t interval_ms, void (*run)(void*), void* user) -> kavro_status {
      PluginHost& plugin = PluginHost::of(host);
      if (!plugin.composing() || interval_ms < 10 || !run) return KAVRO_INVALID;
      plugin.registrations().timers.push_back({std::chrono::milliseconds(interval_ms), run, user});
      return KAVRO_OK;
    },
};

}  // namespace

const void* findInterface(std::string_view id) {
  if (id == KAVRO_HTTP) return &httpInterface();
  if (id == KAVRO_SETTINGS) return &kSettings;
  if (id == KAVRO_LOG) return &kLog;
  if (id == KAVRO_JSON) return &kJson;
  if (id == KAVRO_DATABASE) return &kDatabase;
  if (id == KAVRO_EVENTS) return &kEvents;
  if (id == KAVRO_SERVICES) return &kServices;
  if (id == KAVRO_WORK) return &kWork;
  if (id == KAVRO_TIMERS) return &kTimers;
  if (id == KAVRO_IMPORT) return &importInterface();
  if (id == KAVRO_METRICS) return &metricsInterface();
  return nullptr;
}

}  // namespace kavro::host
