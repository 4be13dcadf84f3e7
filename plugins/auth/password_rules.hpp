// PasswordRules: what a new password must have. Applied at registration only; a login takes any password there is.
// Letters and digits are those of Unicode (as the C.UTF-8 locale knows them); special is what is neither.
// Threads: any. Lengths count Unicode code points of the normal form (password_text.hpp).
#pragma once

#include <clocale>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "password_blocklist.hpp"

namespace kavro::auth {

// More bytes than any password that can be registered: 1024 code points, each of which may have been sent taken apart
// (at most 9 bytes, a syllable of Korean). More is refused unread.
inline constexpr std::size_t kPasswordBytesMax = 16'384;

enum class Needed : bool { kNo, kYes };

class PasswordRules {
 public:
  struct Limits {
    std::size_t lengthMin = 8;
    std::size_t lengthMax = 128;
    Needed upper = Needed::kYes;
    Needed lower = Needed::kYes;
    Needed digit = Needed::kYes;
    Needed special = Needed::kYes;
    Needed uncommon = Needed::kYes;  // not as common_passwords.hpp says
  };

  // Throws Error(kInvalid) when the shortest is longer than the longest. `blocklist`: the operator's, not empty or not.
  explicit PasswordRules(const Limits& limits, PasswordBlocklist blocklist = {});

  // What is missing, one phrase each ("needs a digit"). Empty: the password is good for an account of that name.
  std::vector<std::string> problems(std::string_view password, std::string_view name) const;

 private:
  struct FreeLocale {
    void operator()(locale_t locale) const { freelocale(locale); }
  };

  std::vector<std::string> missing(std::string_view normalized) const;
  std::string whyGuessed(std::string_view password, std::string_view name) const;

  Limits limits_;
  PasswordBlocklist blocklist_;
  std::unique_ptr<std::remove_pointer_t<locale_t>, FreeLocale> locale_;
};

}  // namespace kavro::auth
