// The HTTP part of a generation as an operator sees it: its routes, and the filters in the order in which they run. A
// value, which can also be written to JSON and read back, for asking another process.
#pragma once

#include <string>
#include <vector>

#include <kavro/json.hpp>

namespace kavro::registry {

class Generation;

struct RouteOutline {
  std::string method, pattern, owner;
  bool needs_principal = false;
  bool is_admin = false;  // served at the addresses of [admin] only, when there are any
  friend bool operator==(const RouteOutline&, const RouteOutline&) = default;
};

struct FilterOutline {
  std::string phase;  // "authenticate"
  std::string owner;
  int order = 0;
  friend bool operator==(const FilterOutline&, const FilterOutline&) = default;
};

struct Outline {
  std::vector<RouteOutline> routes;    // by pattern, then method
  std::vector<FilterOutline> filters;  // in their order

  static Outline of(const Generation& generation);

  // {"routes":[{"method","pattern","plugin","principal","admin"}],"filters":[{"phase","plugin","order"}]}: the two members.
  void write(JsonWriter& json) const;
  // Of an object with these members; what is missing or of another form is left out.
  static Outline read(JsonValue object);
};

// "auth POST /auth/login": what differs between the two, for people.
struct OutlineChange {
  std::vector<std::string> routes_added, routes_removed;  // "POST /auth/login (auth)"
  bool filters_changed = false;
  std::vector<std::string> filters_before, filters_after;  // "admit ratelimit"
};
OutlineChange compare(const Outline& before, const Outline& after);

}  // namespace kavro::registry
