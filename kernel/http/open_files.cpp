#include "kernel/http/open_files.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstdint>

namespace kavro::http {

std::size_t openFilesMax() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
  return static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t connectionsWithin(std::size_t open_files) { return open_files - std::min(kFilesKeptBack, open_files / 2); }

std::string makeRoomForConnections(std::size_t connections_max) {
  const rlim_t wanted = connections_max + kFilesKeptBack;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < wanted) {
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? wanted : std::min(limit.rlim_max, wanted);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  const std::size_t files = openFilesMax();
  const std::size_t possible = connectionsWithin(files);
  if (possible >= connections_max) return {};
  return "[http] connections_max is " + std::to_string(connections_max) + ", but this process may have " +
         std::to_string(files) + " files open, so it takes " + std::to_string(possible) +
         " connections; raise the limit (systemd: LimitNOFILE=" + std::to_string(wanted) + ", a shell: ulimit -n " +
         std::to_string(wanted) + "), or lower connections_max";
}

}  // namespace kavro::http
