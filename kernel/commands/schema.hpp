// `kavro schema`: JSON Schema (draft 2020-12) of the whole configuration, as a JSON object of sections: the kernel's
// from their table, the plugins' from the manifests in the plugin path.
//
// What JSON Schema has no word for is in members that begin with "x-": x-type (the type of kernel/config/schema.hpp),
// x-minimum and x-maximum (as written in the file), x-unit, x-required, x-family ("rule.*"), x-plugin (the library's
// name, at a plugin's section), x-common (a setting that every plugin's section has).
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "kernel/registry/composition.hpp"

namespace kavro::commands {

// The schema as text, for plugins as compose() lists them; those that cannot be read are left out.
std::string schemaOf(const std::vector<registry::PluginListing>& plugins);

// Writes it for the plugins of the configuration's plugin path and the instances named in it or, when source.file is
// empty, for those in source.plugin_path. Problems of the configuration's values do not matter; what cannot be read
// goes to `error`, and the result is kExitConfiguration then.
int schema(const registry::CompositionSource& source, std::ostream& output, std::ostream& error);

}  // namespace kavro::commands
