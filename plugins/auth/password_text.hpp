// Two forms of a password's text, by Unicode's rules and utf8proc.
//
// What one keyboard sends as one code point another sends as a letter and its accents: "é" is C3 A9 or 65 CC 81. So a
// password is hashed, and its length counted, in its normal form (NFC; NIST SP 800-63B-4 section 3.1.1.2).
//
// Text that is not UTF-8, or has more than kMarksMax marks on a letter (UAX #15 section 13: no writing needs more),
// stays as it is: putting marks in their order takes a time that grows with the square of how many there are. Threads:
// any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kavro::auth {

inline constexpr std::size_t kMarksMax = 30;

// NFC.
std::string normalizedPassword(std::string_view password);

// NFKC_Casefold: what is compared with a list of words. "ＰＡＳＳ" and "Pass" are "pass".
std::string foldedPassword(std::string_view password);

}  // namespace kavro::auth
