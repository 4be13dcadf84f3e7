// Finds what a mistyped word was meant to be.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kavro::config {

// The candidate nearest to `word`, when it is near enough to be a slip of the finger: at most one edit (insertion,
// deletion, substitution, swap of neighbours) for every three characters, at least one, and at most three. Upper and
// lower case count as equal, so do '-' and '_'. On a tie the first one wins. Candidates longer than 128 bytes are
// never near.
std::optional<std::string> findNearest(std::string_view word, const std::vector<std::string>& candidates);

// "; did you mean token_ttl?", or nothing when no candidate is near: made to be appended to a message.
std::string didYouMean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace kavro::config
