// GET /auth/me: who the token speaks for. 200 {user_id, username}; without a token the kernel answers 401.
#pragma once

#include <kavro/plugin.hpp>

namespace kavro::auth {

Task<Response> me(const Request& request);

}  // namespace kavro::auth
