// Fernet with one key: authenticated encryption of short texts.
//
// A token is base64url of
//
//   offset  bytes  what
//   0       1      version, 0x80
//   1       8      when it was made: seconds since 1970 UTC, big-endian
//   9       16     initialisation vector, random
//   25      16 n   the text, AES-128-CBC with PKCS #7 padding; n at least 1
//   25+16n  32     HMAC-SHA-256 over everything before it
//
// Stored fields do not age, so no lifetime is checked.
// Threads: any; each call borrows a set of OpenSSL's contexts that already hold the key.
// Errors: std::runtime_error when OpenSSL fails. Source: the Fernet specification.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "key.hpp"

namespace kavro::vault {

class Fernet {
 public:
  using Vector = std::array<unsigned char, 16>;

  // Longest text that is encrypted; far above any field, far below what OpenSSL counts in an int.
  static constexpr size_t kPlainBytesMax = 16 * 1024 * 1024;

  explicit Fernet(const Key& key);
  ~Fernet();
  Fernet(const Fernet&) = delete;
  Fernet& operator=(const Fernet&) = delete;

  // The token of `plain`, made now with a random vector. Throws std::length_error above kPlainBytesMax.
  std::string encrypt(std::string_view plain) const;
  // The same with both given. Never use a vector twice.
  std::string encrypt(std::string_view plain, std::chrono::sys_seconds now, const Vector& vector) const;

  // The text in a token whose base64url has been taken off. Nothing when it is no token of this key.
  std::optional<std::string> decrypt(std::string_view token_bytes) const;

 private:
  struct Contexts;
  class Lease;

  void sign(Contexts& contexts, std::string_view bytes, unsigned char* signature) const;

  std::unique_ptr<const Contexts> original_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Contexts>> idle_;  // mutex_
  mutable size_t leases_max_ = 0;                        // mutex_: contexts there are beside the original
};

}  // namespace kavro::vault
