// Reads INI, strictly: what looks like a mistake is one.
//
//   file     = *line                      UTF-8 without byte order mark, lines end with LF, at most 1 MiB
//   line     = blank / comment / section / setting, at most 64 KiB; blanks around it do not count
//   comment  = ";" anything               a line of its own: in a value, ";" is part of the value
//   section  = "[" name "]"               name: [a-z][a-z0-9-]{0,30}; each at most once
//   setting  = key "=" value              key: letters, digits, "_", "-", "."; each at most once in its section
//   value    = text, trimmed; when it begins and ends with a double quote, that pair is taken off and everything
//              between is kept as it is: blanks, further quotes. There are no escapes and no continuation lines.
//
// Two readers of one file disagree sooner or later, so this is the only one: line numbers, values and problems come
// from the same pass.
#pragma once

#include <string_view>

#include "kernel/config/configuration_file.hpp"

namespace kavro::config {

// Adds what the text says, and what is wrong with it, to the builder.
void readIni(std::string_view content, FileBuilder& builder);

}  // namespace kavro::config
