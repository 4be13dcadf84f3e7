#include "password_rules.hpp"

#include <cwctype>
#include <optional>
#include <utility>

#include <kavro/error.hpp>

#include "common_passwords.hpp"
#include "password_text.hpp"

namespace kavro::auth {
namespace {

// Takes one code point off the front of `text`; nothing when what stands there is not UTF-8. Overlong forms need no
// attention: JSON strings were checked before, and a password is compared by its bytes anyway.
std::optional<wint_t> takeCodePoint(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
  if (length == 0 || length > text.size()) return std::nullopt;
  wint_t codePoint = length == 1 ? lead : lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return std::nullopt;
    codePoint = (codePoint << 6) | (next & 0x3F);
  }
  text.remove_prefix(length);
  return codePoint;
}

}  // namespace

PasswordRules::PasswordRules(const Limits& limits, PasswordBlocklist blocklist)
    : limits_(limits), blocklist_(std::move(blocklist)), locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
  // A system without that locale still has plain C, where letters and digits are those of ASCII.
  if (!locale_) locale_.reset(newlocale(LC_CTYPE_MASK, "C", nullptr));
  if (!locale_) throw Error(Status::kError, "the C locale of this system cannot be opened");
  if (limits_.lengthMin > limits_.lengthMax) {
    throw Error(Status::kInvalid, "password_length_min is " + std::to_string(limits_.lengthMin) +
                                      ", above password_length_max, " + std::to_string(limits_.lengthMax) +
                                      ": no password could be registered");
  }
}

std::vector<std::string> PasswordRules::problems(std::string_view password, std::string_view name) const {
  if (password.size() > kPasswordBytesMax) {
    return {"may have at most " + std::to_string(limits_.lengthMax) + " characters"};
  }
  std::vector<std::string> problems = missing(normalizedPassword(password));
  if (problems.empty()) {
    if (std::string why = whyGuessed(password, name); !why.empty()) problems.push_back(std::move(why));
  }
  return problems;
}

std::string PasswordRules::whyGuessed(std::string_view password, std::string_view name) const {
  const std::string folded = foldedPassword(password);
  if (limits_.uncommon == Needed::kYes) {
    if (isCommonPassword(folded)) return "is one of those that are guessed first: choose another, such as a few words";
    if (isMadeOfName(folded, foldedPassword(name))) return "is made of the username: choose another";
  }
  return blocklist_.contains(folded) ? "is on the list of passwords that this server refuses: choose another" : "";
}

std::vector<std::string> PasswordRules::missing(std::string_view password) const {
  std::size_t length = 0;
  bool upper = false, lower = false, digit = false, special = false;
  while (!password.empty()) {
    const auto codePoint = takeCodePoint(password);
    if (!codePoint) return {"is not UTF-8"};
    ++length;
    upper = upper || iswupper_l(*codePoint, locale_.get());
    lower = lower || iswlower_l(*codePoint, locale_.get());
    digit = digit || iswdigit_l(*codePoint, locale_.get());
    special = special || !iswalnum_l(*codePoint, locale_.get());
  }

  std::vector<std::string> problems;
  if (length < limits_.lengthMin)
    problems.push_back("needs at least " + std::to_string(limits_.lengthMin) + " characters");
  if (length > limits_.lengthMax)
    problems.push_back("may have at most " + std::to_string(limits_.lengthMax) + " characters");
  if (limits_.upper == Needed::kYes && !upper) problems.emplace_back("needs an upper-case letter");
  if (limits_.lower == Needed::kYes && !lower) problems.emplace_back("needs a lower-case letter");
  if (limits_.digit == Needed::kYes && !digit) problems.emplace_back("needs a digit");
  if (limits_.special == Needed::kYes && !special) problems.emplace_back("needs a special character, such as ! or -");
  return problems;
}

}  // namespace kavro::auth
