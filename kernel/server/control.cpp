#include "kernel/server/control.hpp"

#include <filesystem>
#include <vector>

#include "kernel/config/did_you_mean.hpp"
#include "kernel/host/json_member.hpp"
#include "kernel/server/json_text.hpp"
#include "kernel/server/service.hpp"

namespace kavro::server {

namespace {

void writeList(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.key(name).beginArray();
  for (const std::string& text : texts) json.string(text);
  json.endArray();
}

void writeSettings(JsonWriter& json, std::string_view name, const std::vector<registry::SettingChange>& settings) {
  json.key(name).beginArray();
  for (const registry::SettingChange& setting : settings) {
    json.beginObject().key("section").string(setting.section).key("key").string(setting.key);
    json.key("live").boolean(setting.live).key("origin").string(setting.origin).endObject();
  }
  json.endArray();
}

void writeChange(JsonWriter& json, const registry::Change& change) {
  json.key("plugins").beginArray();
  for (const registry::PluginChange& plugin : change.plugins) {
    json.beginObject().key("name").string(plugin.instance).key("fate").string(nameOf(plugin.fate));
    json.key("why").string(plugin.why).key("policy_changed").boolean(plugin.policy_changed).endObject();
  }
  json.endArray();
  writeSettings(json, "settings", change.settings);
  writeList(json, "opened", change.opened);
  writeList(json, "closed", change.closed);
}

std::string refused(const std::vector<std::string>& problems, const std::vector<std::string>& warnings = {}) {
  std::string text;
  JsonWriter json(text);
  json.beginObject().key("ok").boolean(false);
  writeList(json, "problems", problems);
  writeList(json, "warnings", warnings);
  json.endObject();
  return text;
}

std::string absolute(const std::string& file) {
  std::error_code error;
  return std::filesystem::absolute(file, error).lexically_normal().string();
}

std::string reload(Service& service, const std::string& file) {
  const std::string running = absolute(service.source().file);
  if (!file.empty() && file != running) {
    return refused({"the server runs with " + running + ", not with " + file +
                    "; what that would change is told by: kavro plan -c " + file});
  }
  const Service::ReloadResult result = service.reload();
  if (!result.done) return refused(result.problems, result.warnings);
  std::string text;
  JsonWriter json(text);
  json.beginObject().key("ok").boolean(true);
  json.key("generation").integer(static_cast<std::int64_t>(service.generationNumber()));
  json.key("took_ms").integer(result.took.count());
  writeChange(json, result.change);
  writeSettings(json, "pending", service.pendingSettings());
  writeList(json, "warnings", result.warnings);
  json.endObject();
  return text;
}

std::string plan(Service& service, const std::string& file) {
  const Service::Plan plan = service.plan(file.empty() ? service.source().file : file);
  if (!plan.problems.empty()) return refused(plan.problems, plan.warnings);
  std::string text;
  JsonWriter json(text);
  json.beginObject().key("ok").boolean(true);
  writeChange(json, plan.change);
  writeList(json, "routes_added", plan.outline.routes_added);
  writeList(json, "routes_removed", plan.outline.routes_removed);
  if (plan.outline.filters_changed) {
    writeList(json, "filters_before", plan.outline.filters_before);
    writeList(json, "filters_after", plan.outline.filters_after);
  }
  writeList(json, "warnings", plan.warnings);
  json.endObject();
  return text;
}

std::string log(Service& service, const std::string& channel, const std::string& level) {
  if (!channel.empty()) {
    const auto chosen = host::Log::findLevel(level);
    if (!chosen && level != "default") {
      const std::vector<std::string> levels{"error", "warning", "information", "debug", "default"};
      return refused({"\"" + level + "\" is no level; expected " + config::listed(levels, "or") +
                      config::didYouMean(level, levels)});
    }
    if (!service.log().choose(channel, chosen)) {
      std::vector<std::string> names;
      for (const auto& state : service.log().channels()) names.push_back(state.name);
      return refused({"there is no log channel \"" + channel + "\"; there are " + config::listed(names) +
                      config::didYouMean(channel, names)});
    }
    service.log().information("kernel", "the log level of " + channel + " is " + level + " now");
  }
  std::string text;
  JsonWriter json(text);
  json.beginObject().key("ok").boolean(true).key("channels").beginArray();
  for (const auto& state : service.log().channels()) {
    json.beginObject().key("name").string(state.name).key("level").string(host::Log::nameOf(state.level));
    json.key("chosen").boolean(state.chosen).endObject();
  }
  json.endArray().endObject();
  return text;
}

}  // namespace

std::string answerControl(Service& service, std::string_view line) {
  std::string answer;
  const bool understood = readJson(line, [&](JsonValue request) {
    const auto text = [&](std::string_view name) { return host::textOf(request, name); };
    const std::string command = text("command");
    if (command == "reload") answer = reload(service, text("file"));
    if (command == "plan") answer = plan(service, text("file"));
    if (command == "status") answer = statusOf(service);
    if (command == "log") answer = log(service, text("channel"), text("level"));
    if (answer.empty()) answer = refused({"this server knows no command \"" + command + "\""});
  });
  return understood ? answer : refused({"that is no line of JSON"});
}

}  // namespace kavro::server
