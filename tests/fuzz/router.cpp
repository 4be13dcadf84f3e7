// The router against one that tries every pattern on every path. Input: lines; "+METHOD PATTERN" adds a route, and
// "METHOD PATH" asks.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <vector>

#include <kavro/text.hpp>

#include "kernel/http/message.hpp"
#include "kernel/http/router.hpp"
#include "tests/fuzz/fuzz.hpp"

using kavro::fuzz::require;
using namespace kavro::http;

namespace {

using Segments = std::vector<std::string>;

std::optional<Segments> segmentsOf(std::string path) {
  if (path.empty() || path[0] != '/') return std::nullopt;
  if (path == "/") return Segments{};
  if (path.back() == '/') path.pop_back();
  Segments segments;
  for (std::size_t at = 1; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    segments.push_back(path.substr(at, end - at));
    if (segments.back().empty()) return std::nullopt;
    at = end + 1;
  }
  if (segments.empty() || segments.size() > Router::kSegmentsMax) return std::nullopt;
  return segments;
}

bool isParameter(const std::string& segment) {
  return segment.size() > 2 && segment[0] == '{' && segment.back() == '}';
}

struct KnownRoute {
  std::string method, pattern;
  Segments segments;

  // Patterns that differ in the names of parameters only are one place.
  Segments shape() const {
    Segments result = segments;
    for (std::string& segment : result) {
      if (isParameter(segment)) segment = "{}";
    }
    return result;
  }
  bool fits(const Segments& path) const {
    return segments.size() == path.size() &&
           std::equal(segments.begin(), segments.end(), path.begin(),
                      [](const std::string& mine, const std::string& its) { return isParameter(mine) || mine == its; });
  }
  // The earlier a pattern is literal, the better it fits.
  std::vector<bool> rank() const {
    std::vector<bool> parameters;
    for (const std::string& segment : segments) parameters.push_back(isParameter(segment));
    return parameters;
  }
};

std::optional<Segments> pathOf(std::string path) {
  const std::string mount = "/api/v1";
  if (path.starts_with(mount) && (path.size() == mount.size() || path[mount.size()] == '/')) {
    path.erase(0, mount.size());
    if (path.empty()) path = "/";
  }
  auto segments = segmentsOf(path);
  if (!segments) return std::nullopt;
  for (std::string& segment : *segments) {
    const auto decoded = percentDecode(segment);
    if (!decoded && path.find('%') != std::string::npos) return std::nullopt;
    if (decoded) segment = *decoded;
  }
  return segments;
}

void ask(const Router& router, const std::vector<KnownRoute>& routes, std::string_view method, std::string_view path) {
  Arena arena;
  const Match match = router.find(method, path, arena);
  const auto segments = pathOf(std::string(path));
  const KnownRoute* place = nullptr;
  for (const KnownRoute& route : routes) {
    if (segments && route.fits(*segments) && (!place || route.rank() < place->rank())) place = &route;
  }
  require(match.path_known == (place != nullptr), "the path to be known when a pattern fits", path);
  if (!place) return require(!match.route, "no route for an unknown path");
  const auto withMethod = [&](std::string_view wanted) {
    const auto found = std::find_if(routes.begin(), routes.end(), [&](const KnownRoute& route) {
      return route.shape() == place->shape() && route.method == wanted;
    });
    return found == routes.end() ? nullptr : &*found;
  };
  const KnownRoute* expected = method == "HEAD" ? withMethod("GET") : nullptr;
  if (!expected) expected = withMethod(method);
  require((match.route != nullptr) == (expected != nullptr), "a route for exactly the known methods");
  require(!match.allow.empty(), "Allow for a known path");
  if (!expected) return;
  require(match.route->pattern == expected->pattern && match.route->method == expected->method, "the best pattern",
          match.route->pattern);
  std::size_t next = 0;
  for (std::size_t i = 0; i < segments->size(); ++i) {
    const std::string& pattern = expected->segments[i];
    if (!isParameter(pattern)) continue;
    require(next < match.parameter_count, "a parameter for each in the pattern");
    require(kavro::fromAbi(match.parameters[next].name) == pattern.substr(1, pattern.size() - 2), "its name");
    require(kavro::fromAbi(match.parameters[next].value) == (*segments)[i], "its value, decoded");
    ++next;
  }
  require(next == match.parameter_count, "no more parameters than in the pattern");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = kavro::fuzz::textOf(data, size);
  Router router({"", "/api/v1"});
  std::vector<KnownRoute> routes;
  while (!input.empty()) {
    std::string_view line = kavro::fuzz::takeLine(input);
    const bool adds = line.starts_with('+');
    if (adds) line.remove_prefix(1);
    const std::string_view method = kavro::fuzz::takeUntil(line, ' ');
    if (!adds) {
      ask(router, routes, method, line);
      continue;
    }
    Route route;
    route.method = method;
    route.pattern = line;
    KnownRoute known{route.method, route.pattern, {}};
    try {
      const Route* clash = router.add(route);
      const auto segments = segmentsOf(route.pattern);
      require(segments.has_value(), "a pattern that can be split", line);
      known.segments = *segments;
      const bool is_there = std::any_of(routes.begin(), routes.end(), [&](const KnownRoute& other) {
        return other.shape() == known.shape() && other.method == known.method;
      });
      require(is_there == (clash != nullptr), "a clash exactly with the same method at the same place", line);
      if (!clash) routes.push_back(std::move(known));
    } catch (const std::invalid_argument&) {
    }
  }
  return 0;
}
