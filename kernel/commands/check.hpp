// `kavro check`: is this configuration one that `kavro run` would start with?
//
// Reads the file, the manifests and the files of secrets; loads no plugin, creates no file, opens no socket.
#pragma once

#include <iosfwd>

#include "kernel/registry/composition.hpp"

namespace kavro::commands {

// Writes "conf/kavro.ini: ok, 8 plugins on (auth, ...)", in starting order, to `output` and returns kExitOk; or the
// problems to `error`, one a line, and how many they are, and returns kExitConfiguration. Warnings go to `error` in
// both cases.
int check(const registry::CompositionSource& source, std::ostream& output, std::ostream& error);

// The problems of a refused configuration as check() writes them, for other commands that begin with compose().
void writeProblems(const config::Problems& problems, std::ostream& error);

}  // namespace kavro::commands
