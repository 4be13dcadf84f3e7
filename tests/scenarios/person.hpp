// Someone who writes to others, with keys of their own: what an end-to-end encrypted client does, on libsodium.
//
// A message is crypto_box (X25519, XSalsa20-Poly1305) from an ephemeral key to the recipient's published one, with the
// nonce in front. Threads: one. Errors: std::runtime_error for an answer that is not the expected one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/scenarios/client.hpp"

namespace kavro::testing {

std::string hexOf(const std::string& bytes);

struct ReceivedMessage {
  std::int64_t id = 0;
  std::int64_t sender_id = 0;
  std::string text;        // decrypted
  std::string metadata;    // as JSON; "null" for none
  std::string ciphertext;  // base64, as the server had it
};

class Person {
 public:
  // Registers; `prefix` goes in front of every path.
  Person(const Server& server, const std::string& name, const std::string& prefix = {});

  const std::string& token() const { return token_; }
  std::int64_t id() const { return id_; }
  std::string publicKeyHex() const { return hexOf(public_key_); }
  std::string secretKeyHex() const { return hexOf(secret_key_); }
  Client& client() { return client_; }

  void publish(const std::string& device_name);
  // Fetches the recipient's key, encrypts, sends; the message's id. `metadata` is JSON, or empty.
  std::int64_t send(std::int64_t recipient_id, const std::string& text, const std::string& metadata = {});
  // Decrypts all of the inbox, newest first. A text that cannot be decrypted throws.
  std::vector<ReceivedMessage> inbox();
  void acknowledge(std::int64_t message_id);

 private:
  std::string open(const std::string& ciphertext, const std::string& ephemeral_key) const;

  Client client_;
  std::string token_;
  std::int64_t id_ = 0;
  std::string public_key_, secret_key_;
};

}  // namespace kavro::testing
