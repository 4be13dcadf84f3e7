// A configuration written again in both formats, as `kavro check --print` writes it, for targets that read one.
#pragma once

#include <string>

#include "kernel/config/configuration_file.hpp"

namespace kavro::fuzz {

std::string writtenAsIni(const config::ConfigurationFile& file);

// Nothing can be said of keys and values that XML has no way to write: then it is empty.
std::string writtenAsXml(const config::ConfigurationFile& file);

// Reads `text` in the format of `name`, and requires that it says exactly what `file` does.
void requireSame(const config::ConfigurationFile& file, const std::string& text, const std::string& name);

// For what was read without a problem: both formats say the same.
void checkRoundTrips(const config::ConfigurationFile& file);

// What holds for everything that was read, problems or not.
void checkReading(const config::ConfigurationFile& file, const config::Problems& problems);

}  // namespace kavro::fuzz
