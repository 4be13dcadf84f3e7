#include "kernel/config/problem.hpp"

#include <algorithm>

namespace kavro::config {
namespace {

constexpr std::size_t kQuotedBytesMax = 60;

}  // namespace

std::string Problem::text() const {
  std::string line = where;
  if (!line.empty()) line += ": ";
  if (severity == Severity::kWarning) line += "warning: ";
  return line + message;
}

std::size_t countErrors(const Problems& problems) {
  return static_cast<std::size_t>(std::count_if(
      problems.begin(), problems.end(), [](const Problem& problem) { return problem.severity == Severity::kError; }));
}

std::string inQuotes(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  bool cut = text.size() > kQuotedBytesMax;
  if (cut) {
    text = text.substr(0, kQuotedBytesMax);
    // Not in the middle of a UTF-8 sequence: drop its beginning.
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.remove_suffix(1);
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0) text.remove_suffix(1);
  }
  std::string result = "\"";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      result += "\\x";
      result += kHex[byte >> 4];
      result += kHex[byte & 15];
    } else {
      result += c;
    }
  }
  result += cut ? "...\"" : "\"";
  return result;
}

std::string listed(const std::vector<std::string>& words, std::string_view conjunction) {
  std::string result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0 && i + 1 == words.size()) {
      result.append(" ").append(conjunction).append(" ");
    } else if (i > 0) {
      result += ", ";
    }
    result += words[i];
  }
  return result;
}

}  // namespace kavro::config
