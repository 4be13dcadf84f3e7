// PasswordRules: what a new password must have. Applied at registration only; a login takes any password there is.
// Letters and digits are those of Unicode (as the C.UTF-8 locale knows them); special is what is neither.
// Threads: any. Lengths count Unicode code points.
#pragma once

#include <clocale>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace kavro::auth {

// More bytes than any password that can be registered (1024 code points of 4 bytes); a login refuses more unread.
inline constexpr std::size_t kPasswordBytesMax = 4096;

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
  };

  // Throws Error(kInvalid) when the shortest is longer than the longest.
  explicit PasswordRules(const Limits& limits);

  // What is missing, one phrase each ("needs a digit"). Empty: the password is good.
  std::vector<std::string> problems(std::string_view password) const;

 private:
  struct FreeLocale {
    void operator()(locale_t locale) const { freelocale(locale); }
  };

  Limits limits_;
  std::unique_ptr<std::remove_pointer_t<locale_t>, FreeLocale> locale_;
};

}  // namespace kavro::auth
