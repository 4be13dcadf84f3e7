// What the operator may ask a running server through its control socket, and the answers. One JSON object a line.
//
//   {"command":"reload"}                      -> {"ok":true,"generation":2,"took_ms":31,"plugins":[{"name","fate","why"}],
//                                                "settings":[{"section","key","live","origin"}],"opened":[],"closed":[],
//                                                "pending":[],"warnings":[]}
//   {"command":"reload","file":"/etc/k.ini"}  the same, refused when the server runs with another file
//   {"command":"plan","file":"/etc/k.ini"}    -> the same without "generation"; and "routes_added", "routes_removed",
//                                                "filters_before", "filters_after" when those differ
//   {"command":"status"}                      -> see status.cpp
//   {"command":"log"}                         -> {"ok":true,"channels":[{"name","level","chosen"}]}
//   {"command":"log","channel":"auth","level":"debug"}   "level":"default": as configured again
//
// What cannot be done: {"ok":false,"problems":["conf/kavro.ini:14: ..."]}.
#pragma once

#include <string>
#include <string_view>

namespace kavro::server {

class Service;

// On the main thread.
std::string answerControl(Service& service, std::string_view line);

// The object of "status"; its members are in kavro(1).
std::string statusOf(Service& service);

}  // namespace kavro::server
