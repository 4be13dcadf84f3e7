#include "signing_key.hpp"

#include <stdexcept>
#include <string>

namespace kavro::audit {
namespace {

std::string messageOf(const Hash& hash) {
  return std::string(kSignedPrefix).append(reinterpret_cast<const char*>(hash.data()), hash.size());
}

constexpr std::string_view kMacKeyOf = "kavro audit 1 mac";

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kWhite = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kWhite), text.size()));
  return text.substr(0, text.find_last_not_of(kWhite) + 1);  // npos + 1 is 0
}

}  // namespace

SigningKey::SigningKey(std::string_view seed) {
  auto read = bytesOf<crypto_sign_SEEDBYTES>(trimmed(seed), Digits::kAny);
  if (!read) {
    throw std::invalid_argument(
        "signing_key is not 64 hexadecimal digits; make one with: openssl rand -hex 32");
  }
  crypto_sign_seed_keypair(public_key_.data(), secret_key_.data(), read->data());
  crypto_generichash(mac_key_.data(), mac_key_.size(), bytes(kMacKeyOf), kMacKeyOf.size(), read->data(), read->size());
  sodium_memzero(read->data(), read->size());
}

SigningKey::~SigningKey() {
  sodium_memzero(secret_key_.data(), secret_key_.size());
  sodium_memzero(mac_key_.data(), mac_key_.size());
}

Signature SigningKey::sign(const Hash& hash) const {
  const std::string message = messageOf(hash);
  Signature signature;
  crypto_sign_detached(signature.data(), nullptr, bytes(message), message.size(), secret_key_.data());
  return signature;
}

Mac SigningKey::macOf(const Position& before, std::string_view body) const {
  const std::string seq = std::to_string(before.seq + 1);
  crypto_generichash_state state;
  Mac mac;
  crypto_generichash_init(&state, mac_key_.data(), mac_key_.size(), mac.size());
  crypto_generichash_update(&state, before.hash.data(), before.hash.size());
  crypto_generichash_update(&state, bytes(seq), seq.size());
  crypto_generichash_update(&state, bytes(body), body.size());
  crypto_generichash_final(&state, mac.data(), mac.size());
  sodium_memzero(&state, sizeof state);
  return mac;
}

bool isSignedBy(const PublicKey& key, const Hash& hash, const Signature& signature) {
  const std::string message = messageOf(hash);
  return crypto_sign_verify_detached(signature.data(), bytes(message), message.size(), key.data()) == 0;
}

}  // namespace kavro::audit
