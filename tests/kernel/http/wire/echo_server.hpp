// A server that answers what it has understood: GET, POST, PUT, PATCH and DELETE /echo, and GET and POST /echo/{name},
// with "METHOD TARGET CONTENT"; GET /ok with "fine". POST /careful/{status} takes conditions into its own hands: it is
// refused with that status, if it is one of a refusal.
#pragma once

#include "tests/kernel/http/plain_server.hpp"

namespace kavro::http {

// Before start().
void addEcho(PlainServer& server);

}  // namespace kavro::http
