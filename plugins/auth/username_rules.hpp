// UsernameRules: what a new account may be called: [A-Za-z0-9_-], with a length between two bounds.
// Threads: any.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <kavro/error.hpp>

namespace kavro::auth {

// The widest that username_length_max can be set to; a login with a longer name is refused unread.
inline constexpr std::size_t kUsernameBytesMax = 255;

class UsernameRules {
 public:
  // Throws Error(kInvalid) when the shortest is longer than the longest.
  UsernameRules(std::size_t lengthMin, std::size_t lengthMax) : lengthMin_(lengthMin), lengthMax_(lengthMax) {
    if (lengthMin_ > lengthMax_) {
      throw Error(Status::kInvalid, "username_length_min is " + std::to_string(lengthMin_) +
                                        ", above username_length_max, " + std::to_string(lengthMax_) +
                                        ": no account could be registered");
    }
  }

  // Whether an account of that name can exist, whatever the bounds were when it was made. What cannot is not looked up.
  static bool isPossible(std::string_view name) {
    return !name.empty() && name.size() <= kUsernameBytesMax && std::all_of(name.begin(), name.end(), isAllowed);
  }

  // Why the name is refused, as a phrase; nothing when it is good.
  std::optional<std::string> problem(std::string_view name) const {
    if (name.size() < lengthMin_ || name.size() > lengthMax_ || !isPossible(name)) {
      return "needs " + std::to_string(lengthMin_) + " to " + std::to_string(lengthMax_) +
             " characters, each a letter from A to Z, a digit, _ or -";
    }
    return std::nullopt;
  }

 private:
  static bool isAllowed(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  }

  std::size_t lengthMin_;
  std::size_t lengthMax_;
};

}  // namespace kavro::auth
