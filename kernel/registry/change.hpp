// What a reload would do, or did: the difference between the composition that runs and the next one. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kernel/registry/composition.hpp"

namespace kavro::registry {

enum class Fate {
  kAdded,
  kRemoved,
  kRestarted,  // another instance in its place
  kKept,       // the same instance, untouched
};
std::string_view nameOf(Fate fate);  // "added"

struct PluginChange {
  std::string instance;
  Fate fate = Fate::kKept;
  std::string why;              // of kRestarted: "settings token_ttl", "library", "limiter-memory is restarted"
  bool policy_changed = false;  // of kKept: its failure policy or log level, which take effect without a restart
};

// A setting of the kernel's own sections that has another value.
struct SettingChange {
  std::string section;
  std::string key;
  bool live = false;   // takes effect now; otherwise at the next start
  std::string origin;  // of the next value; empty when it has none
};

struct Change {
  std::vector<PluginChange> plugins;  // those of the next composition in their order, then the removed ones
  std::vector<SettingChange> settings;
  std::vector<std::string> opened;  // addresses, as written
  std::vector<std::string> closed;

  const PluginChange* find(std::string_view instance) const;
  bool keeps(std::string_view instance) const;
  // Whether a plugin is to be created.
  bool creates() const;
  bool isNothing() const;
};

// `has_same_library`: whether the instance runs what the file of the planned library holds now.
Change compare(const Composition& running, const Composition& next,
               const std::function<bool(const PlannedPlugin& next)>& has_same_library);

// The kernel's settings that differ between the two and take effect at a start only.
std::vector<SettingChange> pendingSettings(const Composition& started, const Composition& running);

}  // namespace kavro::registry
