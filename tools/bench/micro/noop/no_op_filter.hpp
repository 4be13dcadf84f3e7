// The filter that does nothing. The plugin registers it through the C boundary; a piece calls it directly.
#pragma once

#include <optional>

#include <kavro/request.hpp>
#include <kavro/response.hpp>

namespace kavro::noop {

inline constexpr int kFilters = 256;  // how often the plugin registers it

std::optional<Response> noOpFilter(const Request& request);

}  // namespace kavro::noop
