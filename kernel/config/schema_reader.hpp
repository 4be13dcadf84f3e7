// Reads a schema from the "settings" object of a plugin's manifest (sdk/include/kavro/abi/plugin.h has its form).
// Includes simdjson, so include it only where a manifest is read.
#pragma once

#include <simdjson.h>

#include <string>
#include <vector>

#include "kernel/config/schema.hpp"

namespace kavro::config {

// The schema; everything that is wrong is appended to `flaws` as phrases such as
// `settings.age: "defualt" is no member of a setting; did you mean default?`. With flaws the schema is not to be used.
// "default", "minimum" and "maximum" may be text as in the file, or an integer or boolean of JSON.
Schema readSchema(const simdjson::dom::object& settings, std::vector<std::string>& flaws);

}  // namespace kavro::config
