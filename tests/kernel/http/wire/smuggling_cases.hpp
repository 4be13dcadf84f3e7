// Thousands of requests with which two readers could disagree where one ends, made systematically: each place where a
// byte can stand, each byte that can stand there, each way to frame a body. What must come of each follows from the
// grammar of RFC 9112 as written down here, not from the parser.
#pragma once

#include <vector>

#include "http_case.hpp"

namespace kavro::http {

std::vector<HttpCase> smugglingCases();

}  // namespace kavro::http
