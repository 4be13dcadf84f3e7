#include "kernel/config/did_you_mean.hpp"

#include <algorithm>
#include <cstddef>

namespace kavro::config {
namespace {

constexpr std::size_t kWordBytesMax = 128;  // the distance is quadratic in it
constexpr std::size_t kDistanceMax = 3;

char folded(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == '-' ? '_' : c;
}

// Optimal string alignment: edits, where a swap of neighbours counts once.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t change = folded(a[i - 1]) == folded(b[j - 1]) ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) && folded(a[i - 2]) == folded(b[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::optional<std::string> findNearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > kWordBytesMax) return std::nullopt;
  std::size_t allowed = std::clamp<std::size_t>(word.size() / 3, 1, kDistanceMax);
  std::optional<std::string> nearest;
  for (const std::string& candidate : candidates) {
    if (candidate == word || candidate.size() > kWordBytesMax) continue;
    std::size_t apart = distance(word, candidate);
    // A word of which everything would have to change is another word.
    if (apart > allowed || apart >= std::max(word.size(), candidate.size())) continue;
    nearest = candidate;
    if (apart == 0) break;
    allowed = apart - 1;
  }
  return nearest;
}

std::string didYouMean(std::string_view word, const std::vector<std::string>& candidates) {
  auto nearest = findNearest(word, candidates);
  return nearest ? "; did you mean " + *nearest + "?" : std::string();
}

}  // namespace kavro::config
