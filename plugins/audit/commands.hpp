// kavro audit verify, kavro audit public-key.
#pragma once

#include <kavro/command.hpp>

namespace kavro::audit {

int runCommand(const Command& command);

}  // namespace kavro::audit
