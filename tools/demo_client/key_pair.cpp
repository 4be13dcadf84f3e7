#include "key_pair.hpp"

#include <sodium.h>

#include <vector>

#include "failure.hpp"

namespace kavro::demo_client {

static_assert(kKeyBytes == crypto_box_PUBLICKEYBYTES && kKeyBytes == crypto_box_SECRETKEYBYTES);

namespace {

// May be called again and from any thread; cheap after the first time.
void startSodium() {
  if (sodium_init() < 0) throw Failure("libsodium cannot start: the system gives no random numbers");
}

std::string hexOf(const std::array<std::uint8_t, kKeyBytes>& bytes) {
  std::array<char, kKeyBytes * 2 + 1> digits{};
  sodium_bin2hex(digits.data(), digits.size(), bytes.data(), bytes.size());
  return digits.data();
}

bool bytesOf(std::string_view digits, std::array<std::uint8_t, kKeyBytes>& bytes) {
  std::size_t length = 0;
  return digits.size() == kKeyBytes * 2 &&
         sodium_hex2bin(bytes.data(), bytes.size(), digits.data(), digits.size(), nullptr, &length, nullptr) == 0 &&
         length == kKeyBytes;
}

}  // namespace

KeyPair KeyPair::generate() {
  startSodium();
  KeyPair pair;
  crypto_box_keypair(pair.public_.data(), pair.private_.data());
  return pair;
}

std::optional<KeyPair> KeyPair::fromPrivateHex(std::string_view digits) {
  startSodium();
  KeyPair pair;
  if (!bytesOf(digits, pair.private_)) return std::nullopt;
  crypto_scalarmult_base(pair.public_.data(), pair.private_.data());
  return pair;
}

KeyPair::~KeyPair() { sodium_memzero(private_.data(), private_.size()); }

std::string KeyPair::privateHex() const { return hexOf(private_); }

std::string toHex(const PublicKey& key) { return hexOf(key); }

std::optional<PublicKey> publicKeyFromHex(std::string_view digits) {
  PublicKey key{};
  if (!bytesOf(digits, key)) return std::nullopt;
  return key;
}

std::string randomText(std::size_t bytes) {
  startSodium();
  std::vector<std::uint8_t> random(bytes);
  randombytes_buf(random.data(), random.size());
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_encoded_len(bytes, kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), random.data(), random.size(), kVariant);
  text.resize(text.size() - 1);  // the length counts a final zero
  return text;
}

}  // namespace kavro::demo_client
