#include "kernel/registry/plugin_switches.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "kernel/config/configuration_file.hpp"
#include "kernel/config/did_you_mean.hpp"
#include "kernel/config/kernel_schema.hpp"

namespace kavro::registry {
namespace {

std::string contentOf(const PluginFolder& folder) {
  std::string content = config::listed(folder.names());
  return folder.path.string() + " (" + (content.empty() ? "which has none" : "which has " + content) + ")";
}

// Why the instance cannot have this name; empty when it can.
std::string whyNoInstance(const std::string& name) {
  if (!config::isName(name)) {
    return "is no name of a plugin; those are lower-case letters, digits and -, and begin with a letter";
  }
  if (config::isKernelSection(name)) return "is a section of the server itself; a plugin needs another name";
  return {};
}

class SwitchReader {
 public:
  SwitchReader(const PluginFolder& folder, config::Problems& problems) : folder_(folder), problems_(problems) {}

  std::optional<PluginSwitch> read(const config::Assignment& assignment) {
    const std::string& instance = assignment.key;
    const std::string& value = assignment.value;
    auto report = [&](const std::string& why) {
      problems_.push_back({assignment.origin, "[plugins] " + instance + ": " + why});
    };
    if (std::string why = whyNoInstance(instance); !why.empty()) {
      report(why);
      return std::nullopt;
    }
    PluginSwitch result{instance, assignment.origin, instance, value != "off", nullptr};
    bool named = value != "on" && value != "off";
    if (named) result.library = value;
    if (named && !config::isName(value)) {
      report(config::inQuotes(value) + ": expected on, off or the name of a library" +
             (value.find(" ;") != std::string::npos ? "; a comment needs a line of its own" : ""));
      return std::nullopt;
    }
    result.found = folder_.find(result.library);
    if (!result.on || !folder_.why.empty()) return result;
    if (!result.found && named) {
      std::vector<std::string> candidates = folder_.names();
      candidates.insert(candidates.begin(), {"on", "off"});
      report(config::inQuotes(value) + ": expected on, off or the name of a library in " + contentOf(folder_) +
             config::didYouMean(value, candidates));
    } else if (!result.found) {
      report("there is no " + instance + ".so in " + contentOf(folder_) +
             config::didYouMean(instance, folder_.names()));
    } else if (told_.insert(result.library).second) {
      for (const std::string& why : result.found->reasons) {
        problems_.push_back({result.found->path.string(), why});
      }
    }
    return result;
  }

 private:
  const PluginFolder& folder_;
  config::Problems& problems_;
  std::set<std::string> told_;  // libraries whose reasons have been reported: two instances may share one
};

}  // namespace

std::vector<PluginSwitch> readSwitches(const std::vector<config::Assignment>& assignments, const PluginFolder& folder,
                                       config::Problems& problems) {
  std::vector<config::Assignment> effective;
  for (const config::Assignment& assignment : assignments) {
    auto same = std::find_if(effective.begin(), effective.end(),
                             [&](const config::Assignment& other) { return other.key == assignment.key; });
    if (same == effective.end()) {
      effective.push_back(assignment);
    } else {
      *same = assignment;
    }
  }
  SwitchReader reader(folder, problems);
  std::vector<PluginSwitch> switches;
  for (const config::Assignment& assignment : effective) {
    if (auto read = reader.read(assignment)) switches.push_back(std::move(*read));
  }
  bool any_on = std::any_of(switches.begin(), switches.end(), [](const PluginSwitch& s) { return s.on; });
  if (any_on && !folder.why.empty()) {
    const std::string told = folder.why + "; the plugins' libraries are looked for there";
    if (folder.where.empty()) {
      problems.push_back({folder.path.string(), told + ": set [server] plugin_path"});
    } else {
      problems.push_back({folder.where, "[server] plugin_path: " + folder.path.string() + ": " + told});
    }
  }
  return switches;
}

}  // namespace kavro::registry
