// Registers many filters that do nothing, so that what one of them costs can be told from the request around them.
#include <kavro/plugin.hpp>

#include "no_op_filter.hpp"

namespace kavro::noop {

class NoOp : public Plugin {
 public:
  explicit NoOp(Host& host) {
    for (int i = 0; i < kFilters; ++i)
      host.filter(Phase::kAdmit, [](const Request& request) { return noOpFilter(request); });
  }
};

}  // namespace kavro::noop

KAVRO_PLUGIN(kavro::noop::NoOp)
