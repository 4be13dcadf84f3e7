// One line of the audit log: a JSON object and a line feed.
//
//   member       value
//   timestamp    ISO 8601, UTC, microseconds: "2024-05-01T12:00:00.000001Z"
//   event        "login"
//   user         a name, or null
//   status       "success", "failure", "blocked"
//   ip           the client's address, or null
//   request_id   only where there is one
//   (further)    the event's own fields, as text; one that has a name of the above or below gets "detail_" in front,
//                and one whose name is there already its number behind: "name_2"
//   mac, seq, hash, signature  of a sealed line: sealed_line.hpp
//
// Control characters are escaped, so a line is a line whatever a client put into a name. A value is cut after
// kValueBytesMax, a surplus of fields is left out. Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kavro/abi/events.h>

namespace kavro::audit {

inline constexpr size_t kValueBytesMax = 1024;
inline constexpr size_t kFieldsMax = 32;

// The line of an event. A time of 0 is now.
std::string lineOf(const kavro_event& event);

// A line of the plugin's own, with fields.
std::string ownLine(std::string_view event, const std::vector<std::pair<std::string, std::string>>& fields = {},
                    std::string_view status = "success");

// The line that says that `count` lines were dropped.
std::string lineOfLoss(std::uint64_t count);

}  // namespace kavro::audit
