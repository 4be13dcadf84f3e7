// Where in the configuration a problem belongs that showed only when something was tried.
#pragma once

#include <string>
#include <string_view>

#include "kernel/registry/composition.hpp"

namespace kavro::registry {

// `why` with its place in front: "conf/kavro.ini:7: plugin auth cannot be set up: ...". The place is that of the switch
// when the text begins with "plugin NAME", that of the setting when it begins with "[section] key", else the file.
std::string withPlace(const Composition& composition, std::string_view why);

}  // namespace kavro::registry
