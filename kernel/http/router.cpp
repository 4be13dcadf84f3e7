#include "kernel/http/router.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <kavro/text.hpp>

#include "kernel/http/message.hpp"

namespace kavro::http {

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::vector<std::unique_ptr<Route>> routes;  // one a method
  std::string allow;
};

namespace {

bool isMethod(std::string_view method) {
  return !method.empty() && method.size() <= 32 &&
         std::all_of(method.begin(), method.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
}

bool isParameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

// Splits at "/", which `path` begins with; a single one at the end is dropped. False when there are too many segments
// or an empty one.
bool split(std::string_view path, std::array<std::string_view, Router::kSegmentsMax>& segments, std::size_t& count) {
  count = 0;
  if (path.empty() || path.front() != '/') return false;
  path.remove_prefix(1);
  if (!path.empty() && path.back() == '/') path.remove_suffix(1);
  else if (path.empty()) return true;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment.empty() || count == segments.size()) return false;
    segments[count++] = segment;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

std::string allowOf(const std::vector<std::unique_ptr<Route>>& routes) {
  std::vector<std::string> methods{"OPTIONS"};
  for (const auto& route : routes) {
    methods.push_back(route->method);
    if (route->method == "GET") methods.push_back("HEAD");
  }
  std::sort(methods.begin(), methods.end());
  methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
  std::string allow;
  for (const std::string& method : methods) allow += (allow.empty() ? "" : ", ") + method;
  return allow;
}

}  // namespace

Router::Router(std::vector<std::string> mounts) : mounts_(std::move(mounts)), root_(std::make_unique<Node>()) {
  // The longest first, so that "/api/v1" is tried before "".
  std::sort(mounts_.begin(), mounts_.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

Router::~Router() = default;
Router::Router(Router&&) noexcept = default;

const Route* Router::add(Route route) {
  if (!isMethod(route.method)) {
    throw std::invalid_argument("method \"" + route.method + "\": expected upper-case letters, as in GET");
  }
  std::array<std::string_view, kSegmentsMax> segments;
  std::size_t count = 0;
  if (!split(route.pattern, segments, count)) {
    throw std::invalid_argument("pattern \"" + route.pattern + "\": expected \"/\" and at most 32 segments, as in " +
                                "/things/{id}");
  }
  Node* node = root_.get();
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view segment = segments[i];
    const bool parameter = isParameter(segment);
    if (!parameter && segment.find_first_of("{}") != std::string_view::npos) {
      throw std::invalid_argument("pattern \"" + route.pattern + "\": \"{\" and \"}\" enclose a whole segment");
    }
    auto& next = parameter ? node->parameter : node->literals[std::string(segment)];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  for (const auto& other : node->routes) {
    if (other->method == route.method) return other.get();
  }
  node->routes.push_back(std::make_unique<Route>(std::move(route)));
  node->allow = allowOf(node->routes);
  return nullptr;
}

const Router::Node* Router::descend(const Node& node, const std::string_view* segments, std::size_t count,
                                    std::string_view* taken, std::size_t& taken_count) const {
  if (count == 0) return node.routes.empty() ? nullptr : &node;
  const auto literal = node.literals.find(segments[0]);
  if (literal != node.literals.end()) {
    const std::size_t before = taken_count;
    if (const Node* found = descend(*literal->second, segments + 1, count - 1, taken, taken_count)) return found;
    taken_count = before;
  }
  if (!node.parameter) return nullptr;
  taken[taken_count++] = segments[0];
  return descend(*node.parameter, segments + 1, count - 1, taken, taken_count);
}

Match Router::find(std::string_view method, std::string_view path, Arena& arena) const {
  Match match;
  match.path = path;
  for (const std::string& mount : mounts_) {
    if (mount.empty() || !path.starts_with(mount)) continue;
    if (path.size() > mount.size() && path[mount.size()] != '/') continue;
    match.path = path.size() == mount.size() ? std::string_view("/") : path.substr(mount.size());
    break;
  }
  std::array<std::string_view, kSegmentsMax> segments;
  std::size_t count = 0;
  if (!split(match.path, segments, count)) return match;
  if (match.path.find('%') != std::string_view::npos) {
    // Decoded segment by segment, so that %2F never becomes a separator.
    std::string decoded_path;
    for (std::size_t i = 0; i < count; ++i) {
      const auto decoded = percentDecode(segments[i]);
      if (!decoded) return match;
      segments[i] = arena.copy(*decoded);
      decoded_path.append("/").append(*decoded);
    }
    match.path = arena.copy(decoded_path);
  }
  std::array<std::string_view, kSegmentsMax> taken;
  std::size_t taken_count = 0;
  const Node* node = descend(*root_, segments.data(), count, taken.data(), taken_count);
  if (!node) return match;
  match.path_known = true;
  match.allow = node->allow;
  const auto routeFor = [&](std::string_view wanted) -> const Route* {
    for (const auto& route : node->routes) {
      if (route->method == wanted) return route.get();
    }
    return nullptr;
  };
  if (method == "HEAD") match.route = routeFor("GET");
  if (!match.route) match.route = routeFor(method);
  if (!match.route) return match;
  if (taken_count > 0) {
    auto* parameters = static_cast<kavro_field*>(
        arena.allocate(taken_count * sizeof(kavro_field), alignof(kavro_field)));
    std::array<std::string_view, kSegmentsMax> names;
    std::size_t names_count = 0, next = 0;
    split(match.route->pattern, names, names_count);
    for (std::size_t i = 0; i < names_count; ++i) {
      if (!isParameter(names[i])) continue;
      parameters[next] = {toAbi(names[i].substr(1, names[i].size() - 2)), toAbi(taken[next])};
      ++next;
    }
    match.parameters = parameters;
    match.parameter_count = taken_count;
  }
  return match;
}

}  // namespace kavro::http
