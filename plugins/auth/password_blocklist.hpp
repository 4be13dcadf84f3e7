// PasswordBlocklist: an operator's file of passwords that nobody may choose, one a line.
//
// Compared as foldedPassword() makes them, so "Tr0ub4dor" also blocks "TR0UB4DOR". A line is taken as it is, blanks and
// "#" included; empty lines are none; a line may end with CR LF. Of each line 8 bytes are kept: a hash under a key that
// is made anew each time. That a password which is in no line has the hash of one is a chance of n in 2^64. Threads:
// any, once made. Errors: Error(kInvalid) that names the file, and the line where one is wrong.
#pragma once

#include <sodium.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kavro::auth {

class PasswordBlocklist {
 public:
  static constexpr std::size_t kLinesMax = 20'000'000;

  PasswordBlocklist() = default;  // of nothing
  explicit PasswordBlocklist(const std::string& path);

  // `folded` as foldedPassword() makes it.
  bool contains(std::string_view folded) const;
  std::size_t size() const { return hashes_.size(); }

 private:
  std::uint64_t hash(std::string_view folded) const;

  std::array<unsigned char, crypto_shorthash_KEYBYTES> key_{};
  std::vector<std::uint64_t> hashes_;  // in order
};

}  // namespace kavro::auth
