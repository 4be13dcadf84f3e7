#include "signing_key.hpp"

#include <stdexcept>
#include <string>

namespace kavro::audit {
namespace {

std::string messageOf(const Hash& hash) {
  return std::string(kSignedPrefix).append(reinterpret_cast<const char*>(hash.data()), hash.size());
}

const unsigned char* bytes(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kWhite = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kWhite), text.size()));
  return text.substr(0, text.find_last_not_of(kWhite) + 1);  // npos + 1 is 0
}

}  // namespace

SigningKey::SigningKey(std::string_view seed) {
  auto read = bytesOf<crypto_sign_SEEDBYTES>(trimmed(seed));
  if (!read) {
    throw std::invalid_argument(
        "signing_key is not 64 hexadecimal digits; make one with: openssl rand -hex 32");
  }
  crypto_sign_seed_keypair(public_key_.data(), secret_key_.data(), read->data());
  sodium_memzero(read->data(), read->size());
}

SigningKey::~SigningKey() { sodium_memzero(secret_key_.data(), secret_key_.size()); }

Signature SigningKey::sign(const Hash& hash) const {
  const std::string message = messageOf(hash);
  Signature signature;
  crypto_sign_detached(signature.data(), nullptr, bytes(message), message.size(), secret_key_.data());
  return signature;
}

bool isSignedBy(const PublicKey& key, const Hash& hash, const Signature& signature) {
  const std::string message = messageOf(hash);
  return crypto_sign_verify_detached(signature.data(), bytes(message), message.size(), key.data()) == 0;
}

}  // namespace kavro::audit
