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
// Threads: any, without waiting for each other: a call takes a set of OpenSSL's contexts that hold the key already, as
// a rule the one that its thread took before, and more of them are made when more threads come at once.
// Errors: std::runtime_error when OpenSSL fails. Source: the Fernet specification.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

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

  // Replaces a token whose base64url has been taken off by its text. False when it is no token of this key; when it was
  // not signed with it, nothing was changed.
  bool decrypt(std::string& token_bytes) const;

 private:
  struct Contexts;
  class Lease;

  // Contexts that nobody uses. Reactors are few; what does not fit is freed.
  static constexpr size_t kIdleMax = 16;
  struct alignas(64) Place {  // a cache line each: threads that use different ones do not disturb each other
    std::atomic<Contexts*> contexts{nullptr};
  };

  std::unique_ptr<const Contexts> original_;
  mutable std::array<Place, kIdleMax> idle_;
};

}  // namespace kavro::vault
