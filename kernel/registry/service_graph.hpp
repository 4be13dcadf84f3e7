// Who needs whom: from the services that the plugins provide and require to the order in which they start.
//
// A required service must be provided by exactly one plugin that is on; requirements may form no circle. An optional
// service puts its provider first where that is possible, and never complains. Services of the kernel itself
// ("kavro.http/1") are always there.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "kernel/config/problem.hpp"
#include "kernel/registry/manifest.hpp"

namespace kavro::registry {

// A plugin that is on. `manifest` is borrowed for the call.
struct ServiceNode {
  std::string instance;
  std::string where;  // its switch: "conf/kavro.ini:7"
  const Manifest* manifest = nullptr;
};

// Plugins that could be switched on, by the services they provide.
using ServiceOffers = std::map<std::string, std::vector<std::string>>;

// For each place in the starting order the index into `nodes`: providers first, ties by instance name. With errors in
// `problems` the order is not to be used. `folder` is named in messages. With `incomplete` (a plugin that is on could
// not be read) a missing provider that nobody offers is not reported, since that plugin may be it.
std::vector<std::size_t> orderByServices(const std::vector<ServiceNode>& nodes, const ServiceOffers& offers,
                                         const std::string& folder, bool incomplete, config::Problems& problems);

}  // namespace kavro::registry
