// The section of one plugin: what is the plugin's in it, and what is the kernel's.
//
// Pure functions; no errors of their own: settings come checked.
#pragma once

#include <filesystem>
#include <string>

#include "kernel/config/schema.hpp"
#include "kernel/config/settings.hpp"
#include "kernel/registry/composition.hpp"
#include "kernel/registry/manifest.hpp"

namespace kavro::registry {

// The manifest's settings and those that every plugin's section may have.
config::Schema completeSchema(const Manifest& manifest);

// The plan of the instance with the settings that were read by the complete schema. Of a setting that was refused, the
// default stands in the policy: the composition is refused then anyway.
PlannedPlugin planPlugin(std::string instance, std::filesystem::path library, const Manifest& manifest,
                         const config::Settings& complete);

}  // namespace kavro::registry
