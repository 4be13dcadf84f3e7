// If-Match and If-None-Match (RFC 9110, 13): whether a request is to be carried out, given the entity tag that its
// target has at the moment. The conditions on dates are ignored, as the RFC demands of a server that has no such dates,
// and If-Range is, since no ranges are served. Threads: pure. Errors: none; what is no list of entity tags names none.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "kernel/http/message.hpp"

namespace kavro::http {

enum class Verdict {
  kGoOn,
  kNotModified,  // answer 304: GET and HEAD only
  kFailed        // answer 412
};

struct Target {
  bool exists = true;                          // it has a representation
  std::optional<std::string_view> entity_tag;  // as in the ETag field; nothing: it has none
};

Verdict judge(std::span<const kavro_field> fields, std::string_view method, const Target& target);

}  // namespace kavro::http
