// A server that answers what it has understood: GET, POST, PUT, PATCH and DELETE /echo, and GET and POST /echo/{name},
// with "METHOD TARGET CONTENT"; GET /ok with "fine".
#pragma once

#include "tests/kernel/http/plain_server.hpp"

namespace kavro::http {

// Before start().
void addEcho(PlainServer& server);

}  // namespace kavro::http
