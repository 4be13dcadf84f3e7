// The kernel's own sections: [server], [http], [tls], [admin], [database], [log]. Their settings, defaults and limits are the
// table in kernel_schema.cpp, which is their documentation. [plugins] is no schema: its keys are names of plugins.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernel/config/schema.hpp"

namespace kavro::config {

inline constexpr std::string_view kPluginsSection = "plugins";

struct KernelSection {
  std::string name;
  Schema schema;
};

// All of them, in the order in which they should be written.
std::vector<KernelSection> kernelSections();

// True for a name that no plugin can have: a kernel's section, or "plugins".
bool isKernelSection(std::string_view name);

}  // namespace kavro::config
