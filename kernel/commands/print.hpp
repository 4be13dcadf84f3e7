// `kavro check --print ini|xml`: the effective configuration, with the origin of each value in a comment.
//
// What is written can be used as a configuration again, and then means the same, except that a secret or a password
// which came from the environment, the command line, a credential or the file itself is not in it.
#pragma once

#include <iosfwd>
#include <optional>
#include <string_view>

#include "kernel/registry/composition.hpp"

namespace kavro::commands {

enum class PrintFormat { kIni, kXml };

// "ini", "xml"; nothing for another word.
std::optional<PrintFormat> findPrintFormat(std::string_view name);

// As check(), with the configuration in place of "ok".
int print(const registry::CompositionSource& source, PrintFormat format, std::ostream& output, std::ostream& error);

}  // namespace kavro::commands
