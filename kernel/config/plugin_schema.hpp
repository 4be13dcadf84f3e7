// The settings that the section of every plugin may have beside its manifest's own: what the kernel does when the
// plugin fails, and how much of its log is written. The table in plugin_schema.cpp is their documentation.
//
// They are the kernel's: the plugin never sees them, and changing one does not restart it. A manifest that declares
// such a key itself keeps it for itself (limiter-redis has an on_failure of its own); the kernel's default holds then.
#pragma once

#include <string_view>

#include "kernel/config/schema.hpp"
#include "kernel/config/settings.hpp"

namespace kavro::config {

// The kernel's keys. `on_failure` is the default of the setting of that name: "closed" or "open", as the manifest says.
Schema commonPluginSchema(std::string_view on_failure);

// What the section of a plugin with these own settings may say: those, and the kernel's keys that are not among them.
Schema completePluginSchema(const Schema& own, std::string_view on_failure);

// Settings read by the complete schema, divided again.
struct PluginSettings {
  Settings own;     // what the plugin sees
  Settings common;  // what the kernel takes
};

PluginSettings divideSettings(const Settings& complete, const Schema& own);

}  // namespace kavro::config
