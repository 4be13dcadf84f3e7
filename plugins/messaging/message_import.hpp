// MessageImport: takes over the messages of the Python service: its table messages.
//
//   id, sender_id, recipient_id, ciphertext, ephemeral_pubkey   as they are, whatever key_format and the limits are
//   metadata     see imported_metadata.hpp
//   created_at   created_us; without one 1970
//   delivered    acknowledged_us: the time of the message, because when it was acknowledged was not kept
//
// A message that is there already is acknowledged when it has been there since.
//
// Threads and errors: as kavro/import.hpp says.
#pragma once

#include <kavro/import.hpp>
#include <kavro/services/field_cipher.hpp>

#include "imported_metadata.hpp"

namespace kavro::messaging {

class MessageImport {
 public:
  // Both outlive it.
  MessageImport(const Host& host, const FieldCipher& cipher);

 private:
  ImportResult takeOver(Session& session, const ImportRow& row) const;

  const ImportedMetadata metadata_;
  ImportTable table_;
};

}  // namespace kavro::messaging
