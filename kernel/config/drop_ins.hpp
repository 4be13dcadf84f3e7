// The files that make up one configuration: the one that was named, and the drop-ins beside it.
//
// Drop-ins of FOLDER/kavro.ini are FOLDER/conf.d/*.ini and *.xml, in the order of their names (bytes). Each may set
// what it likes; where two files set the same, the later one wins. Hidden files and other endings (10-x.ini.bak,
// 10-x.ini~) are not read. A file that is itself in a folder called conf.d has none.
#pragma once

#include <string>
#include <vector>

#include "kernel/config/configuration_file.hpp"
#include "kernel/config/problem.hpp"

namespace kavro::config {

inline constexpr std::size_t kDropInsMax = 100;

// The paths of the drop-ins, as messages should name them: "conf/conf.d/10-x.ini" for "conf/kavro.ini". A folder that
// is there and cannot be read is a problem.
std::vector<std::string> findDropIns(const std::string& file, Problems& problems);

// The file and its drop-ins, each read; always at least one element. Problems as with ConfigurationFile::read.
std::vector<ConfigurationFile> readWithDropIns(const std::string& file, Problems& problems);

}  // namespace kavro::config
