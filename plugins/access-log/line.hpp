// One line of the access log: a JSON object and a line feed.
//
//   member       value
//   time         when the answer was ready: ISO 8601, UTC, microseconds
//   request_id   as in the server's log, the problem response and the audit log
//   address      the client's
//   method       "GET"; null for a request whose first line could not be read
//   route        the pattern that matched, "/keys/{user_id}"; null when none did
//   path         as it was sent, percent-encoded, with the mount prefix and without the query: that may hold secrets.
//                null for a request that could not be read
//   status       200
//   bytes        of the body that was sent
//   duration_us  from the end of the request's header to the answer
//   user         the name the request was authenticated as, or null
//   user_agent   of the request, or null
//
// Control characters are escaped and bytes that are no UTF-8 become U+FFFD, so a line is a line whatever a client
// sends. Values are cut after kValueBytesMax. Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <kavro/abi/http.h>

namespace kavro::access_log {

inline constexpr size_t kValueBytesMax = 512;

// Appends the line of an answer that was ready at `now_us`.
void appendLine(std::string& out, const kavro_request& request, const kavro_response& response, int64_t now_us);

// The line that says that `count` lines were dropped.
std::string lineOfLoss(std::uint64_t count);

}  // namespace kavro::access_log
