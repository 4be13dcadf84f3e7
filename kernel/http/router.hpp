// Finds the route of a request. Immutable once a generation is published; then any number of threads may ask.
//
// A pattern is "/" or segments: "/things/{id}". A segment is literal text or "{name}", which takes one non-empty
// segment; where both fit, the literal one wins. One "/" at the end of a path or pattern is not looked at. Every route
// is served under every mount: with the mounts "" and "/api/v1", "/health" is also "/api/v1/health".
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kavro/abi/http.h>

#include "kernel/http/arena.hpp"
#include "kernel/http/failure_policy.hpp"
#include "kernel/http/plugin_calls.hpp"
#include "kernel/http/request_metrics.hpp"

namespace kavro::http {

struct Route {
  std::string owner;  // the plugin's name, or "kernel"
  std::string method;
  std::string pattern;
  std::uint32_t flags = 0;
  std::uint64_t body_bytes_max = 0;
  void* user = nullptr;
  void (*handle)(void*, kavro_exchange*, const kavro_request*) = nullptr;
  FailurePolicy policy;
  std::shared_ptr<PluginCalls> calls;         // null: not counted and never quarantined
  RequestMetrics::Series* metrics = nullptr;  // null: not counted
};

// What a path and method lead to. Views and fields live in the arena, the Router or the path.
struct Match {
  const Route* route = nullptr;  // null: see path_known
  bool path_known = false;       // the path has routes, but none for this method
  std::string_view path;         // decoded, without its mount
  std::string_view allow;        // "GET, HEAD, OPTIONS", when the path is known
  const kavro_field* parameters = nullptr;
  std::size_t parameter_count = 0;
};

class Router {
 public:
  static constexpr std::size_t kSegmentsMax = 32;

  explicit Router(std::vector<std::string> mounts);  // prefixes without a trailing "/": "", "/api/v1"
  ~Router();
  Router(Router&&) noexcept;

  // The route it clashes with, or null when it was added. Throws std::invalid_argument for a pattern or method that
  // cannot be one, with the reason.
  const Route* add(Route route);

  // `path` as it came, percent-encoded. A HEAD finds the GET.
  Match find(std::string_view method, std::string_view path, Arena& arena) const;

 private:
  struct Node;

  const Node* descend(const Node& node, const std::string_view* segments, std::size_t count,
                      std::string_view* taken, std::size_t& taken_count) const;

  std::vector<std::string> mounts_;
  std::unique_ptr<Node> root_;
};

}  // namespace kavro::http
