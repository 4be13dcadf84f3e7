// A text that only the recipient can read. Values; any thread.
//
//   ciphertext        base64 (RFC 4648 section 4) of  nonce (24 bytes, random) | box
//   box               libsodium's crypto_box: XSalsa20-Poly1305 under the X25519 secret of the two keys; 16 bytes of
//                     authenticator, then the text. What PyNaCl's Box.encrypt() gives too.
//   ephemeral_pubkey  64 hex digits; the sender's half, made for this one message and then forgotten
//
// The recipient learns that nobody changed the text on its way, but not who wrote it: for that, the server's sender_id
// has to do.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "key_pair.hpp"

namespace kavro::demo_client {

struct SealedMessage {
  std::string ciphertext;
  std::string ephemeral_pubkey;
};

// Throws Failure when `recipient` is no usable key (a point of small order would give everyone the same secret).
SealedMessage seal(std::string_view text, const PublicKey& recipient);

// Nothing when it is malformed, was changed, or is not for this key pair.
std::optional<std::string> open(const SealedMessage& message, const KeyPair& recipient);

}  // namespace kavro::demo_client
