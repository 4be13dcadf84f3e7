// Fields that another service stored as Fernet tokens (https://github.com/fernet/spec): what a plugin needs to take
// them over as they are. kavro.cipher/1 is asked whether it can read them; a Fernet token is what the bundled one
// writes too. Threads: any.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include <kavro/services/cipher.hpp>

namespace kavro {

// Whether `text` has the form of a token: base64url with padding of a version byte 0x80, a time (8 bytes), a vector
// (16), whole blocks of 16 bytes and a signature (32). Whose it is only the key can tell.
inline bool isFernetToken(std::string_view text) {
  constexpr size_t kFrameBytes = 1 + 8 + 16 + 32, kBlockBytes = 16;
  if (text.size() % 4 != 0 || !text.starts_with('g') || text.size() < 4 || text[1] < 'A' || text[1] > 'P') return false;
  std::string_view digits = text;
  while (digits.ends_with('=')) digits.remove_suffix(1);
  const size_t padding = text.size() - digits.size();
  const size_t bytes = text.size() / 4 * 3 - padding;
  const auto isDigit = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return padding <= 2 && bytes >= kFrameBytes + kBlockBytes && (bytes - kFrameBytes) % kBlockBytes == 0 &&
         std::all_of(digits.begin(), digits.end(), isDigit);
}

// What a token holds, or why it cannot be read, for an import's report.
struct OpenedToken {
  std::optional<std::string> plain;
  std::string_view why;
};

inline OpenedToken openToken(const std::optional<Cipher>& cipher, std::string_view token) {
  if (!cipher) return {std::nullopt, "stored encrypted, and nothing here can read it: switch vault on, with its key"};
  std::optional<std::string> plain = cipher->decrypt(token);
  if (!plain) return {std::nullopt, "stored encrypted, and none of the vault's keys opens it: give it the old key"};
  return {std::move(plain), {}};
}

}  // namespace kavro
