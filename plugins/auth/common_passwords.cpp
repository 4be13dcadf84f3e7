#include "common_passwords.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "common_words.hpp"

namespace kavro::auth {
namespace {

constexpr std::size_t kAroundMax = 6;
constexpr std::size_t kShortWord = 3;    // up to here nearly anything is a word, so only a run may stand around it
constexpr std::size_t kSpecialsMax = 4;  // beside a run
constexpr std::size_t kRepeatedMax = 4;
constexpr std::size_t kRepetitionMax = 16;
constexpr std::size_t kNameMin = 3;
constexpr std::size_t kLettersAroundNameMax = 2;  // put there for the rule; beside a name that is no short word

using Replacements = std::string_view;  // pairs: what stands there, what it stands for
constexpr Replacements kShifted = "!1@2#3$4%5^6&7*8(9)0";
constexpr Replacements kEdges = "@a$s0o";  // of those below, what a word begins or ends with
constexpr Replacements kInner = "@a4a3e!i1i0o5s$s7t8b9g";
constexpr Replacements kInnerL = "@a4a3e!l1l0o5s$s7t8b9g";

bool isDigit(char c) { return c >= '0' && c <= '9'; }
// Every byte of another script counts as one.
bool isLetter(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }

std::string replaced(std::string_view text, Replacements pairs) {
  std::string out(text);
  for (char& c : out) {
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
      if (c == pairs[i]) {
        c = pairs[i + 1];
        break;
      }
    }
  }
  return out;
}

std::string lettersOf(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out), isLetter);
  return out;
}

template <class List>
bool isIn(const List& sorted, std::string_view text) {
  return std::binary_search(sorted.begin(), sorted.end(), text);
}

// "1234", "4321", "0000", "890": each follows the one before, up, down or not at all; two at least.
bool isRun(std::string_view text) {
  if (text.size() < 2) return false;
  const auto step = [&](std::size_t i) { return (text[i] - text[i - 1] + 10) % 10; };
  const int first = step(1);
  if (first != 0 && first != 1 && first != 9) return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool both_digits = isDigit(text[i]) && isDigit(text[i - 1]);
    if (both_digits ? step(i) != first : text[i] != text[i - 1]) return false;
  }
  return true;
}

// What stands around a word: without letters.
bool isUsualAround(std::string_view around, std::size_t wordSize) {
  if (around.empty()) return true;
  std::string digits;
  std::copy_if(around.begin(), around.end(), std::back_inserter(digits), isDigit);
  const bool run = isRun(digits) && around.size() - digits.size() <= kSpecialsMax;
  return run || (wordSize > kShortWord && around.size() <= kAroundMax);
}

bool isRepetition(std::string_view text) {
  if (text.size() > kRepetitionMax) return false;
  for (std::size_t unit = 1; unit <= kRepeatedMax; ++unit) {
    if (text.size() >= 2 * unit && text.substr(unit) == text.substr(0, text.size() - unit)) return true;
  }
  return false;
}

// The text between its first and its last letter, and the rest.
struct Parts {
  std::string_view middle;
  std::string around;
};

Parts split(std::string_view text) {
  const auto first = std::find_if(text.begin(), text.end(), isLetter);
  if (first == text.end()) return {{}, std::string(text)};
  const auto last = std::find_if(text.rbegin(), text.rend(), isLetter).base();
  const auto begin = static_cast<std::size_t>(first - text.begin()),
             end = static_cast<std::size_t>(last - text.begin());
  return {text.substr(begin, end - begin), std::string(text.substr(0, begin)) + std::string(text.substr(end))};
}

// isWord(letters) for each way of reading the text as one word and what stands around it.
template <class IsWord>
bool isDecorated(std::string_view text, IsWord isWord) {
  for (const std::string& whole : {std::string(text), replaced(text, kEdges)}) {
    const Parts parts = split(whole);
    if (parts.middle.empty()) continue;
    for (const Replacements pairs : {kInner, kInnerL}) {
      const std::string letters = lettersOf(replaced(parts.middle, pairs));
      if (isWord(letters) && isUsualAround(parts.around, letters.size())) return true;
    }
  }
  return false;
}

bool isKeys(std::string_view text) {
  const std::string unshifted = replaced(text, kShifted);
  if (isIn(kCommonKeys, unshifted)) return true;
  // Without one or two special characters at the end, which were put there for the rule.
  std::string_view rest = text;
  for (int i = 0; i < 2 && !rest.empty() && !isDigit(rest.back()) && !isLetter(rest.back()); ++i) {
    rest.remove_suffix(1);
    if (isIn(kCommonKeys, replaced(rest, kShifted))) return true;
  }
  return false;
}

bool isCommonWord(std::string_view letters) {
  const bool is_one_letter = letters.find_first_not_of(letters.front()) == std::string_view::npos;
  return (letters.size() > 1 && is_one_letter) || isIn(kCommonWords, letters);
}

// Without one letter at the end that is no part of a word: "password1!a".
std::string_view withoutLastLetter(std::string_view text) {
  const bool stands_alone = text.size() > 1 && isLetter(text.back()) && !isLetter(text[text.size() - 2]);
  return stands_alone ? text.substr(0, text.size() - 1) : text;
}

}  // namespace

bool isCommonPassword(std::string_view folded) {
  if (isRun(folded) || isRepetition(folded) || isKeys(folded)) return true;
  if (const Parts parts = split(folded); parts.middle.empty()) return !folded.empty() && isUsualAround(folded, 0);
  return isDecorated(folded, isCommonWord) || isDecorated(withoutLastLetter(folded), isCommonWord);
}

bool isMadeOfName(std::string_view folded, std::string_view foldedName) {
  if (foldedName.size() < kNameMin) return false;
  const std::string backwards(foldedName.rbegin(), foldedName.rend());
  for (const std::string& name : {std::string(foldedName), backwards}) {
    const std::size_t at = folded.find(name);
    if (at == std::string_view::npos) continue;
    const std::string around = std::string(folded.substr(0, at)) + std::string(folded.substr(at + name.size()));
    const std::size_t letters = lettersOf(around).size();
    if (letters == 0 && isUsualAround(around, 0)) return true;
    if (letters <= (name.size() > kShortWord ? kLettersAroundNameMax : 0) && around.size() <= kAroundMax) return true;
  }
  const std::string letters = lettersOf(foldedName), reversed = lettersOf(backwards);
  return letters.size() > kShortWord &&
         isDecorated(folded, [&](std::string_view word) { return word == letters || word == reversed; });
}

}  // namespace kavro::auth
