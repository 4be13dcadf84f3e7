#include "no_op_filter.hpp"

namespace kavro::noop {

std::optional<Response> noOpFilter(const Request&) { return std::nullopt; }

}  // namespace kavro::noop
