// The keys of the vault: the first encrypts, all of them decrypt. So a key is replaced by putting a new one in front,
// and the old one is dropped when nothing of it is left.
// Threads: any. Errors of reading: std::invalid_argument whose text is for the operator and never has a key in it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fernet.hpp"
#include "key.hpp"

namespace kavro::vault {

class KeyRing {
 public:
  // More than anybody rotates through; each costs a try per token that the others do not open.
  static constexpr size_t kKeysMax = 64;

  // `keys`: keys separated by blanks, tabs and lines. `derive_from`: a text that makes a key, or nothing; comes last.
  static KeyRing read(std::string_view keys, std::optional<std::string_view> derive_from);

  size_t size() const { return keys_.size(); }

  std::string encrypt(std::string_view plain) const;
  // Nothing when no key opens it.
  std::optional<std::string> decrypt(std::string_view token) const;

 private:
  std::vector<std::unique_ptr<const Fernet>> keys_;  // at least one
};

}  // namespace kavro::vault
