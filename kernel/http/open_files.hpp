// How many files this process may have open, and how many of them connections may take.
//
// Some are kept back for everything else: the database's files and sessions, logs, a reload that reads files and loads
// libraries. So a server that runs out of descriptors still does all its work, and only takes no more connections.
// Threads: any.
#pragma once

#include <cstddef>
#include <string>

namespace kavro::http {

// Files that connections leave to everything else; half of all when there are fewer than twice as many.
inline constexpr std::size_t kFilesKeptBack = 256;

// The soft limit (RLIMIT_NOFILE) at this moment; others may change it while the process runs.
std::size_t openFilesMax();

std::size_t connectionsWithin(std::size_t open_files);

// Raises the soft limit to what so many connections need, as far as the hard limit lets it. Empty, or why fewer
// connections will be taken, and the cure.
std::string makeRoomForConnections(std::size_t connections_max);

}  // namespace kavro::http
