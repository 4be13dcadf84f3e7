// Is this password one that whoever guesses tries first?
//
// Not a list but what such lists consist of. After case, width and accents' spelling are made equal (foldedPassword):
//
//   a word        password, Passw0rd!, P@$$w0rd2024, 123-welcome        a word of common_words.hpp or one letter again
//                                                                       and again, also with the usual digits for
//                                                                       letters, and up to 6 digits and special
//                                                                       characters around it, or a run of them; and
//                                                                       one letter behind all that
//   keys          1qaz@WSX, Qwer1234!                                   keys side by side
//   a run         12345678, 98765432, aaaaaaaa                          digits that follow each other, or one character
//   a repetition  Ab1!Ab1!                                              up to 4 characters again and again, 16 in all
//   your name     alice2024!, Ecila-1, alice2A!                         the account's name in place of the word, also
//                                                                       with two letters among what is around it
//
// The whole password is compared, not what it contains (NIST SP 800-63B-4 section 3.1.1.2): "Correct-Horse-1" is none,
// although "horse" is a word. Some 500 short texts, no memory of its own; microseconds.
// Threads: any.
#pragma once

#include <string_view>

namespace kavro::auth {

// `folded` as foldedPassword() makes it, here and below.
bool isCommonPassword(std::string_view folded);

// Whether it is `name`, forwards or backwards, and no more than a common password would have around it.
bool isMadeOfName(std::string_view folded, std::string_view foldedName);

}  // namespace kavro::auth
