// The path of a rule, and what it is compared with: the pattern of a route ("/messages/{id}/ack") or a plain path.
//
//   pattern  = "*" / *("/" segment) ["/"] / *("/" segment) "/*"
//   segment  = literal / "{" name "}"
//
//   rule              matches the routes                           and, where no route matched, the paths
//   /messages         /messages, /messages/                        the same
//   /keys/{user_id}   /keys/{user_id}, /keys/{id}                  /keys/7
//   /messages/*       /messages, /messages/inbox, /messages/{id}   those and everything below
//   *                 everything                                   everything
//
// A route is matched segment by segment and a parameter only matches a parameter, whatever its name: the router has
// decided already which route a path belongs to. A trailing "/" does not count.
//
// Threads: immutable after parse.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kavro::ratelimit {

class RoutePattern {
 public:
  static constexpr std::size_t kBytesMax = 512;

  // Nothing when `text` is not a pattern; `why` then says what was expected.
  static std::optional<RoutePattern> parse(std::string_view text, std::string& why);

  const std::string& text() const { return text_; }  // as written
  bool isPrefix() const { return prefix_; }
  std::size_t segmentCount() const { return segments_; }  // "*" not counted

  bool matchesRoute(std::string_view route) const;
  bool matchesPath(std::string_view path) const;

  // Every route and path of `other` is one of this pattern as well.
  bool covers(const RoutePattern& other) const;

  // Hash and equality of the patterns of routes, in which neither the names of parameters nor a trailing "/" count.
  // For unordered_map with std::string_view keys; allocate nothing.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view pattern) const;
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(std::string_view left, std::string_view right) const;
  };

  // Without "/*" or "*" at the end, and without the trailing "/": "" for "*".
  std::string_view stem() const { return std::string_view(text_).substr(0, stem_); }

 private:
  RoutePattern() = default;

  std::string text_;
  std::size_t stem_ = 0;
  std::size_t segments_ = 0;
  bool prefix_ = false;
};

}  // namespace kavro::ratelimit
