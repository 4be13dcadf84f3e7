// Looks at a database file without opening it for writing.
#pragma once

#include <string>

#include "kernel/database/probe.hpp"

namespace kavro::database::sqlite {

ProbeResult probe(const std::string& path);

}  // namespace kavro::database::sqlite
