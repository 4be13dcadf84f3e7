// Puts an answer on the wire (RFC 9112, 4 and 6): status line, fields, Content-Length framing, body.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kavro/abi/http.h>

#include "kernel/http/site.hpp"

namespace kavro::http {

// What the kernel knows beside the handler's answer.
struct ResponseFrame {
  const Site& site;
  std::string_view date;  // IMF-fixdate
  std::string_view added_fields;
  const std::vector<std::string>& added_names;
  bool head = false;  // HEAD: no body follows
  bool keep_alive = true;
  int minor_version = 1;
};

// Why the answer cannot be sent as it is, or empty: a status out of range, a field name that is no token, a control
// character in a value, a field that is the kernel's.
std::string_view whyInvalid(const kavro_response& response);
std::string_view whyInvalid(std::string_view name, std::string_view value);

// Appends to `out`.
void writeResponse(std::string& out, const kavro_response& response, const ResponseFrame& frame);

}  // namespace kavro::http
