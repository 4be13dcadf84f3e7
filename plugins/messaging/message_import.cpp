#include "message_import.hpp"

namespace kavro::messaging {
namespace {

enum Column : size_t { kId, kSender, kRecipient, kCiphertext, kKey, kMetadata, kCreated, kDelivered, kEncrypted, kCreatedUs, kAcknowledgedUs };

constexpr std::string_view kInsert =
    "INSERT INTO messages (id, sender_id, recipient_id, ciphertext, ephemeral_pubkey, metadata, metadata_encrypted, "
    "created_us, acknowledged_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";

}  // namespace

MessageImport::MessageImport(const Host& host, const FieldCipher& cipher)
    : metadata_(host, cipher),
      table_(host,
             {.source = "messages",
              .target = "messages",
              .columns = {"id", "sender_id", "recipient_id", "ciphertext", "ephemeral_pubkey", "metadata?",
                          "created_at?", "delivered?",
                          // Of a Kavro like this one.
                          "metadata_encrypted?", "created_us?", "acknowledged_us?"}},
             [this](Session& session, const ImportRow& row) { return takeOver(session, row); }) {}

ImportResult MessageImport::takeOver(Session& session, const ImportRow& row) const {
  const int64_t id = row.integer(kId), sender_id = row.integer(kSender), recipient_id = row.integer(kRecipient);
  if (id <= 0 || sender_id <= 0 || recipient_id <= 0) return ImportResult::refused("an id is not above 0");
  const std::string_view ciphertext = row.bytes(kCiphertext), key = row.text(kKey);
  const int64_t created_us = row.findInteger(kCreatedUs).value_or(row.findTime(kCreated).value_or(0));
  std::optional<int64_t> acknowledged_us = row.findInteger(kAcknowledgedUs);
  if (!row.isNull(kDelivered) && row.integer(kDelivered) != 0) acknowledged_us = created_us;
  const ImportedMetadata::Stored stored = row.findInteger(kEncrypted).value_or(0) != 0
                                              ? metadata_.takeToken(row.findText(kMetadata))
                                              : metadata_.take(row.findText(kMetadata));
  const std::optional<std::string_view> metadata =
      stored.metadata ? std::optional<std::string_view>(stored.metadata->text) : std::nullopt;
  const bool added = session.execute(kInsert, id, sender_id, recipient_id, Bytes{ciphertext}, key, metadata,
                                     stored.metadata && stored.metadata->encrypted, created_us, acknowledged_us) == 1;
  if (added) return ImportResult::imported(stored.remark);

  bool same = false;
  session.query(
      "SELECT sender_id, recipient_id, ciphertext FROM messages WHERE id = $1",
      [&](const Row& found) {
        same = found.integer(0) == sender_id && found.integer(1) == recipient_id && found.bytes(2) == ciphertext;
      },
      id);
  if (!same) return ImportResult::refused("the id belongs to another message here");
  if (acknowledged_us) {
    session.execute("UPDATE messages SET acknowledged_us = $1 WHERE id = $2 AND acknowledged_us IS NULL",
                    acknowledged_us, id);
  }
  return ImportResult::present();
}

}  // namespace kavro::messaging
