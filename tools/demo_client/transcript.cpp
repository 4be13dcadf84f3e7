#include "transcript.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>

namespace kavro::demo_client {

namespace {

constexpr std::size_t kPrintableBytesMax = 300;
constexpr int kRequestColumn = 44;
constexpr std::size_t kComparisonColumn = 40;
constexpr std::size_t kComparisonLinesMax = 4;

bool continuesCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

std::size_t charactersOf(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char byte) { return !continuesCharacter(byte); }));
}

// Takes up to a column of characters (UTF-8, none cut in two) off the front of the text; up to a space where there is
// one, so that words stay whole.
std::string takeLine(std::string_view& text) {
  std::size_t end = 0;
  std::size_t characters = 0;
  while (end < text.size() && (characters < kComparisonColumn || continuesCharacter(text[end]))) {
    if (!continuesCharacter(text[end])) ++characters;
    ++end;
  }
  std::string line(text.substr(0, end));
  if (const std::size_t space = line.rfind(' '); end < text.size() && space != std::string::npos) {
    line.resize(space);
    end = space + 1;
  }
  text.remove_prefix(end);
  return line;
}

}  // namespace

void Transcript::step(std::string_view title) {
  output_ << '\n' << std::setw(3) << ++steps_ << "  " << title << '\n' << std::flush;
}

void Transcript::exchange(std::string_view method, std::string_view path, int status, std::string_view reason) {
  const std::string request = std::string(method) + ' ' + std::string(path);
  output_ << "     " << std::left << std::setw(kRequestColumn) << request << std::right << ' ' << status << ' '
          << printable(reason) << '\n'
          << std::flush;
}

void Transcript::note(std::string_view text) { output_ << "     " << text << '\n' << std::flush; }

void Transcript::conclude(std::string_view text) { output_ << "\n     " << text << '\n' << std::flush; }

void Transcript::compare(std::string_view left_title, std::string_view left, std::string_view right_title,
                         std::string_view right) {
  const auto row = [this](const std::string& first, const std::string& second) {
    output_ << "     " << first << std::string(kComparisonColumn - charactersOf(first), ' ') << " | " << second << '\n';
  };
  row(std::string(left_title), std::string(right_title));
  output_ << "     " << std::string(kComparisonColumn, '-') << "-+-" << std::string(kComparisonColumn, '-') << '\n';
  const std::string left_text = printable(left);
  const std::string right_text = printable(right);
  left = left_text;
  right = right_text;
  for (std::size_t line = 0; line < kComparisonLinesMax && !(left.empty() && right.empty()); ++line) {
    const std::string first = takeLine(left);
    row(first, takeLine(right));
  }
  if (!left.empty() || !right.empty()) row(left.empty() ? "" : "...", right.empty() ? "" : "...");
  output_ << std::flush;
}

std::string printable(std::string_view text) {
  std::size_t end = std::min(text.size(), kPrintableBytesMax);
  while (end < text.size() && end > 0 && continuesCharacter(text[end])) --end;
  std::string result(text.substr(0, end));
  std::ranges::replace_if(
      result, [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F; }, '?');
  return end < text.size() ? result + "..." : result;
}

std::string spoken(std::chrono::seconds duration) {
  const auto hours = duration.count() / 3600;
  const auto minutes = duration.count() / 60 % 60;
  const auto seconds = duration.count() % 60;
  std::string text;
  if (hours > 0) text += std::to_string(hours) + " h ";
  if (minutes > 0) text += std::to_string(minutes) + " min ";
  if (seconds > 0 || text.empty()) text += std::to_string(seconds) + " s ";
  text.pop_back();
  return text;
}

}  // namespace kavro::demo_client
