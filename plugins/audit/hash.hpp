// BLAKE2b with 256 bits, as libsodium has it, and its spelling.
#pragma once

#include <sodium.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace kavro::audit {

template <std::size_t kSize>
using Bytes = std::array<unsigned char, kSize>;
using Hash = Bytes<32>;

// Of what is added, in order.
class Hasher {
 public:
  Hasher() { crypto_generichash_init(&state_, nullptr, 0, Hash().size()); }
  Hasher& add(std::string_view text) {
    crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    return *this;
  }
  Hasher& add(const Hash& hash) {
    crypto_generichash_update(&state_, hash.data(), hash.size());
    return *this;
  }
  Hash finish() {
    Hash hash;
    crypto_generichash_final(&state_, hash.data(), hash.size());
    return hash;
  }

 private:
  crypto_generichash_state state_;
};

// Lower-case hexadecimal digits.
template <std::size_t kSize>
std::string hexOf(const Bytes<kSize>& bytes) {
  std::string text(2 * kSize + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

// kLower: what was written by hexOf(), and nothing that means the same: a log has one spelling. kAny: what people give.
enum class Digits { kLower, kAny };

// Nothing when `text` is not exactly that many bytes in hexadecimal digits.
template <std::size_t kSize>
std::optional<Bytes<kSize>> bytesOf(std::string_view text, Digits digits = Digits::kLower) {
  if (digits == Digits::kLower && text.find_first_of("ABCDEF") != std::string_view::npos) return std::nullopt;
  Bytes<kSize> bytes;
  std::size_t size = 0;
  const bool read = text.size() == 2 * kSize && sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(),
                                                               nullptr, &size, nullptr) == 0;
  if (!read || size != kSize) return std::nullopt;
  return bytes;
}

}  // namespace kavro::audit
