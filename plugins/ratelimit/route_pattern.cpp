#include "route_pattern.hpp"

#include <algorithm>
#include <cstdint>

namespace kavro::ratelimit {

namespace {

bool isParameter(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

// The segments of a path or pattern, one at a time: "/a/{b}/" has two.
class Segments {
 public:
  explicit Segments(std::string_view path) : rest_(path) {
    if (rest_.ends_with('/')) rest_.remove_suffix(1);
  }

  bool next(std::string_view& segment) {
    if (rest_.empty()) return false;
    if (rest_.front() == '/') rest_.remove_prefix(1);
    const std::size_t length = std::min(rest_.find('/'), rest_.size());
    segment = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return true;
  }

 private:
  std::string_view rest_;
};

enum class Against { kRoute, kPath };

bool matches(std::string_view stem, bool prefix, std::string_view candidate, Against against) {
  Segments wanted(stem), given(candidate);
  std::string_view pattern, segment;
  while (wanted.next(pattern)) {
    if (!given.next(segment)) return false;
    if (isParameter(pattern)) {
      if (against == Against::kRoute && !isParameter(segment)) return false;
    } else if (pattern != segment) {
      return false;
    }
  }
  return prefix || !given.next(segment);
}

// What is wrong with a segment of a rule, or nothing.
std::string flaw(std::string_view segment) {
  if (segment.empty()) return "no empty segment (\"//\")";
  if (segment == "*") return "\"*\" only as the last segment";
  if (isParameter(segment) && segment.size() > 2 && segment.find_first_of("{}", 1) == segment.size() - 1) return {};
  if (segment.find_first_of("{}*") != std::string_view::npos) {
    return "segments such as messages, {id} or, at the end, *";
  }
  return {};
}

}  // namespace

std::optional<RoutePattern> RoutePattern::parse(std::string_view text, std::string& why) {
  RoutePattern pattern;
  pattern.text_ = text;
  std::string_view stem = text;
  if (text == "*") {
    stem = {};
  } else if (!text.starts_with('/')) {
    why = "a path that begins with \"/\", or \"*\" for every path";
    return std::nullopt;
  }
  if (text.size() > kBytesMax) {
    why = "a path of at most " + std::to_string(kBytesMax) + " bytes";
    return std::nullopt;
  }
  if (text.find_first_of("?#%") != std::string_view::npos) {
    why = "a path as the API's documentation has it: decoded, without query";
    return std::nullopt;
  }
  pattern.prefix_ = text == "*" || text.ends_with("/*");
  if (text.ends_with("/*")) {
    stem.remove_suffix(2);
  } else if (stem.ends_with('/')) {
    stem.remove_suffix(1);
  }
  Segments segments(stem);
  for (std::string_view segment; segments.next(segment); ++pattern.segments_) {
    if (why = flaw(segment); !why.empty()) return std::nullopt;
  }
  if (stem.ends_with('/')) {  // "/a//" or "/a//*"
    why = flaw("");
    return std::nullopt;
  }
  pattern.stem_ = stem.size();
  return pattern;
}

bool RoutePattern::matchesRoute(std::string_view route) const {
  return matches(stem(), prefix_, route, Against::kRoute);
}

bool RoutePattern::matchesPath(std::string_view path) const { return matches(stem(), prefix_, path, Against::kPath); }

bool RoutePattern::covers(const RoutePattern& other) const {
  if (other.prefix_ && !prefix_) return false;
  return matches(stem(), prefix_, other.stem(), Against::kRoute);
}

// FNV-1a; the patterns come from the configuration and the routes from plugins, so nobody is there to make it collide.
std::size_t RoutePattern::Hash::operator()(std::string_view pattern) const {
  std::uint64_t hash = 0xCBF29CE484222325u;
  const auto mix = [&](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u; };
  Segments segments(pattern);
  for (std::string_view segment; segments.next(segment);) {
    mix('/');
    if (isParameter(segment)) {
      mix('{');
    } else {
      for (const char c : segment) mix(c);
    }
  }
  return static_cast<std::size_t>(hash);
}

bool RoutePattern::Equal::operator()(std::string_view left, std::string_view right) const {
  Segments lefts(left), rights(right);
  std::string_view a, b;
  while (lefts.next(a)) {
    if (!rights.next(b)) return false;
    if (a != b && !(isParameter(a) && isParameter(b))) return false;
  }
  return !rights.next(b);
}

}  // namespace kavro::ratelimit
