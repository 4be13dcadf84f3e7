// Writes a list of messages as JSON, each straight from its row into the text:
//   {"messages":[{"id","sender_id","recipient_id","ciphertext","ephemeral_pubkey","metadata","created_at"}]}
// metadata is what the sender sent, null when there was none, {"error":"decryption_failed"} when it cannot be read now
// or what its token holds is no JSON.
//
// Threads: one at a time. Ownership: the FieldCipher must outlive it.
#pragma once

#include <cstddef>
#include <string>

#include <kavro/json.hpp>

#include <kavro/services/field_cipher.hpp>
#include "message_store.hpp"

namespace kavro::messaging {

class InboxWriter final : public MessageSink {
 public:
  // Takes no further message that would make the text longer than bytes_max, except for the first.
  InboxWriter(const FieldCipher& cipher, size_t bytes_max) : cipher_(cipher), bytes_max_(bytes_max) {}

  void restart() override;
  bool take(const StoredMessage& message) override;

  // Ends the text and hands it out.
  std::string finish();

  size_t count() const { return count_; }

 private:
  void writeMetadata(const StoredMessage& message);

  const FieldCipher& cipher_;
  const size_t bytes_max_;
  std::string text_;
  size_t count_ = 0;
};

}  // namespace kavro::messaging
