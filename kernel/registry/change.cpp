#include "kernel/registry/change.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace kavro::registry {
namespace {

// What was made at the start and stays until the end.
bool isLive(std::string_view section, std::string_view key) {
  if (section == "database") return false;
  if (section == "server") return key != "reactors" && key != "workers" && key != "worker_queue_max" && key != "control";
  return !(section == "http" && key == "backlog");
}

const PlannedPlugin* findPlugin(const Composition& composition, std::string_view instance) {
  const auto found = std::find_if(composition.plugins.begin(), composition.plugins.end(),
                                  [&](const PlannedPlugin& plugin) { return plugin.instance == instance; });
  return found == composition.plugins.end() ? nullptr : &*found;
}

// "settings token_ttl and lockout_time": the keys whose values differ.
std::string differingKeys(const config::Settings& a, const config::Settings& b) {
  std::vector<std::string> keys;
  const auto collect = [&](const config::Settings& from, const config::Settings& other) {
    for (const config::Setting& setting : from.all()) {
      if (other.text(setting.key) == from.text(setting.key)) continue;
      if (std::find(keys.begin(), keys.end(), setting.key) == keys.end()) keys.push_back(setting.key);
    }
  };
  collect(b, a);
  collect(a, b);
  if (keys.empty()) return "the order of its settings";
  return (keys.size() == 1 ? "setting " : "settings ") + config::listed(keys);
}

std::string textOf(const config::ListenAddress& address) { return address.text + (address.admin ? " of [admin]" : ""); }

// The instance that provides a service, by id.
std::map<std::string, std::string> providersOf(const Composition& composition) {
  std::map<std::string, std::string> providers;
  for (const PlannedPlugin& plugin : composition.plugins) {
    for (const std::string& id : plugin.manifest.provides) providers.emplace(id, plugin.instance);
  }
  return providers;
}

std::vector<std::string> usesOf(const Manifest& manifest) {
  std::vector<std::string> uses = manifest.requires_;
  uses.insert(uses.end(), manifest.optional.begin(), manifest.optional.end());
  return uses;
}

class Comparison {
 public:
  Comparison(const Composition& running, const Composition& next,
             const std::function<bool(const PlannedPlugin&)>& has_same_library)
      : running_(running), next_(next), has_same_library_(has_same_library) {}

  Change compare() {
    for (const PlannedPlugin& plugin : next_.plugins) change_.plugins.push_back(compareAlone(plugin));
    while (spread()) {
    }
    for (const PlannedPlugin& plugin : running_.plugins) {
      if (!findPlugin(next_, plugin.instance)) change_.plugins.push_back({plugin.instance, Fate::kRemoved, {}, false});
    }
    for (const auto& [name, settings] : next_.kernel) compareSection(name, running_.section(name), settings);
    compareListeners();
    return std::move(change_);
  }

 private:
  PluginChange compareAlone(const PlannedPlugin& plugin) const {
    PluginChange change{plugin.instance, Fate::kRestarted, {}, false};
    const PlannedPlugin* before = findPlugin(running_, plugin.instance);
    if (!before) {
      change.fate = Fate::kAdded;
    } else if (!has_same_library_(plugin)) {
      change.why = plugin.manifest.version == before->manifest.version
                       ? "another build of its library"
                       : "its library " + before->manifest.version + " -> " + plugin.manifest.version;
    } else if (!(plugin.settings == before->settings)) {
      change.why = differingKeys(before->settings, plugin.settings);
    } else {
      change.fate = Fate::kKept;
      change.policy_changed = !(plugin.policy == before->policy) || plugin.log_level != before->log_level;
    }
    return change;
  }

  PluginChange* find(const std::string& instance) {
    const auto found = std::find_if(change_.plugins.begin(), change_.plugins.end(),
                                    [&](const PluginChange& change) { return change.instance == instance; });
    return found == change_.plugins.end() ? nullptr : &*found;
  }

  // Who uses a service of another instance than before has to be made anew. True when that found one.
  bool spread() {
    const auto before = providersOf(running_), after = providersOf(next_);
    for (const PlannedPlugin& plugin : next_.plugins) {
      PluginChange& change = *find(plugin.instance);
      if (change.fate != Fate::kKept) continue;
      for (const std::string& id : usesOf(plugin.manifest)) {
        const auto old_provider = before.find(id), new_provider = after.find(id);
        if (old_provider == before.end() && new_provider == after.end()) continue;
        if (new_provider == after.end()) {
          change.why = id + " is not there any more";
        } else if (old_provider == before.end()) {
          change.why = id + " is there now";
        } else if (old_provider->second != new_provider->second) {
          change.why = id + " comes from " + new_provider->second + " now";
        } else if (const PluginChange* provider = find(new_provider->second); provider->fate != Fate::kKept) {
          change.why = new_provider->second + " is restarted";
        } else {
          continue;
        }
        change.fate = Fate::kRestarted;
        return true;
      }
    }
    return false;
  }

  void compareSection(const std::string& name, const config::Settings& before, const config::Settings& after) {
    std::set<std::string> seen;
    for (const config::Settings* settings : {&after, &before}) {
      for (const config::Setting& setting : settings->all()) {
        if (!seen.insert(setting.key).second || before.text(setting.key) == after.text(setting.key)) continue;
        change_.settings.push_back(
            {name, setting.key, isLive(name, setting.key), std::string(after.origin(setting.key))});
      }
    }
  }

  void compareListeners() {
    const auto missing = [](const std::vector<config::ListenAddress>& in, const config::ListenAddress& address) {
      return std::none_of(in.begin(), in.end(), [&](const config::ListenAddress& other) {
        return other.host == address.host && other.port == address.port && other.tls == address.tls && other.admin == address.admin;
      });
    };
    for (const auto& address : next_.listen) {
      if (missing(running_.listen, address)) change_.opened.push_back(textOf(address));
    }
    for (const auto& address : running_.listen) {
      if (missing(next_.listen, address)) change_.closed.push_back(textOf(address));
    }
  }

  const Composition& running_;
  const Composition& next_;
  const std::function<bool(const PlannedPlugin&)>& has_same_library_;
  Change change_;
};

}  // namespace

std::string_view nameOf(Fate fate) {
  switch (fate) {
    case Fate::kAdded: return "added";
    case Fate::kRemoved: return "removed";
    case Fate::kRestarted: return "restarted";
    default: return "kept";
  }
}

const PluginChange* Change::find(std::string_view instance) const {
  const auto found = std::find_if(plugins.begin(), plugins.end(),
                                  [&](const PluginChange& change) { return change.instance == instance; });
  return found == plugins.end() ? nullptr : &*found;
}

bool Change::keeps(std::string_view instance) const {
  const PluginChange* change = find(instance);
  return change && change->fate == Fate::kKept;
}

bool Change::creates() const {
  return std::any_of(plugins.begin(), plugins.end(), [](const PluginChange& change) {
    return change.fate == Fate::kAdded || change.fate == Fate::kRestarted;
  });
}

bool Change::isNothing() const {
  return settings.empty() && opened.empty() && closed.empty() &&
         std::all_of(plugins.begin(), plugins.end(), [](const PluginChange& change) {
           return change.fate == Fate::kKept && !change.policy_changed;
         });
}

Change compare(const Composition& running, const Composition& next,
               const std::function<bool(const PlannedPlugin&)>& has_same_library) {
  return Comparison(running, next, has_same_library).compare();
}

std::vector<SettingChange> pendingSettings(const Composition& started, const Composition& running) {
  std::vector<SettingChange> pending = compare(started, running, [](const PlannedPlugin&) { return true; }).settings;
  std::erase_if(pending, [](const SettingChange& change) { return change.live; });
  return pending;
}

}  // namespace kavro::registry
