// A Fernet key: 16 bytes that sign (HMAC-SHA-256), then 16 bytes that encrypt (AES-128). Written as base64url with
// padding, 44 characters. The bytes are wiped at the end of the object's life.
// Threads: any. Source: the Fernet specification, "Key Format".
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace kavro::vault {

class Key {
 public:
  static constexpr size_t kHalfBytes = 16;

  // Nothing when the text is no key.
  static std::optional<Key> parse(std::string_view text);

  // SHA-256 of the text: what the Python service takes when it was given no field key of its own.
  static Key derive(std::string_view text);

  Key(Key&& other) noexcept;
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  Key& operator=(Key&&) = delete;
  ~Key();

  std::span<const unsigned char, kHalfBytes> signing() const { return std::span(bytes_).first<kHalfBytes>(); }
  std::span<const unsigned char, kHalfBytes> encryption() const { return std::span(bytes_).last<kHalfBytes>(); }

 private:
  Key() = default;

  std::array<unsigned char, 2 * kHalfBytes> bytes_{};
};

}  // namespace kavro::vault
