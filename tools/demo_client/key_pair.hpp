// An X25519 key pair (RFC 7748), as libsodium's crypto_box takes it, and the hexadecimal form of the wire.
// Values; any thread. The private half is wiped from memory when the pair goes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kavro::demo_client {

inline constexpr std::size_t kKeyBytes = 32;  // public and private alike
using PublicKey = std::array<std::uint8_t, kKeyBytes>;

class KeyPair {
 public:
  // A new pair from the system's random numbers. Throws Failure where there are none.
  static KeyPair generate();

  // The pair whose private half is these 64 hex digits; nothing when they are not.
  static std::optional<KeyPair> fromPrivateHex(std::string_view digits);

  KeyPair(const KeyPair&) = default;
  KeyPair& operator=(const KeyPair&) = default;
  ~KeyPair();

  const PublicKey& publicKey() const { return public_; }
  const std::array<std::uint8_t, kKeyBytes>& privateKey() const { return private_; }
  std::string privateHex() const;

 private:
  KeyPair() = default;

  PublicKey public_{};
  std::array<std::uint8_t, kKeyBytes> private_{};
};

// 64 lower-case hex digits, as `identity_pubkey` and `ephemeral_pubkey` are sent.
std::string toHex(const PublicKey& key);

// Nothing unless `digits` is exactly 64 hex digits of either case.
std::optional<PublicKey> publicKeyFromHex(std::string_view digits);

// A base64url text (RFC 4648 section 5, no padding) of `bytes` random bytes.
std::string randomText(std::size_t bytes);

}  // namespace kavro::demo_client
