#include "sealed_message.hpp"

#include <sodium.h>

#include <vector>

#include "failure.hpp"

namespace kavro::demo_client {

namespace {

using Bytes = std::vector<unsigned char>;
constexpr std::size_t kNonceBytes = crypto_box_NONCEBYTES;
constexpr std::size_t kOverheadBytes = kNonceBytes + crypto_box_MACBYTES;

const unsigned char* bytesOf(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string toBase64(const Bytes& bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.resize(text.size() - 1);  // the length counts a final zero
  return text;
}

std::optional<Bytes> fromBase64(std::string_view text) {
  Bytes bytes(text.size());
  if (bytes.empty()) return bytes;  // and they have no address, which libsodium wants
  std::size_t length = 0;
  if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &length, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0) {
    return std::nullopt;
  }
  bytes.resize(length);
  return bytes;
}

}  // namespace

SealedMessage seal(std::string_view text, const PublicKey& recipient) {
  const KeyPair ephemeral = KeyPair::generate();
  Bytes sealed(kOverheadBytes + text.size());
  randombytes_buf(sealed.data(), kNonceBytes);
  if (crypto_box_easy(sealed.data() + kNonceBytes, bytesOf(text), text.size(), sealed.data(), recipient.data(),
                      ephemeral.privateKey().data()) != 0) {
    throw Failure("the recipient's key " + toHex(recipient) + " is not a usable X25519 key; nothing was encrypted");
  }
  return {toBase64(sealed), toHex(ephemeral.publicKey())};
}

std::optional<std::string> open(const SealedMessage& message, const KeyPair& recipient) {
  const std::optional<Bytes> sealed = fromBase64(message.ciphertext);
  const std::optional<PublicKey> ephemeral = publicKeyFromHex(message.ephemeral_pubkey);
  if (!sealed || !ephemeral || sealed->size() < kOverheadBytes) return std::nullopt;
  std::string text(sealed->size() - kOverheadBytes, '\0');
  if (crypto_box_open_easy(reinterpret_cast<unsigned char*>(text.data()), sealed->data() + kNonceBytes,
                           sealed->size() - kNonceBytes, sealed->data(), ephemeral->data(),
                           recipient.privateKey().data()) != 0) {
    return std::nullopt;
  }
  return text;
}

}  // namespace kavro::demo_client
