#include "message_store.hpp"

#include <kavro/utc_time.hpp>

namespace kavro::messaging {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO messages (sender_id, recipient_id, ciphertext, ephemeral_pubkey, metadata, metadata_encrypted, "
    "created_us) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {id}";

// Who reads on after the last id seen must not miss one that another server gave out earlier and committed later.
constexpr std::string_view kOrder = "messages";

constexpr std::string_view kNewestFirst =
    "SELECT id, sender_id, ciphertext, ephemeral_pubkey, metadata, metadata_encrypted, created_us FROM messages "
    "WHERE recipient_id = $1 ORDER BY id DESC LIMIT $2";

constexpr std::string_view kAfter =
    "SELECT id, sender_id, ciphertext, ephemeral_pubkey, metadata, metadata_encrypted, created_us FROM messages "
    "WHERE recipient_id = $1 AND id > $3 ORDER BY id LIMIT $2";

}  // namespace

MessageStore::MessageStore(const Host& host) : database_(host.database()) {
  database_.migration(1, "messages", R"(
    CREATE TABLE messages (
      id {id},
      sender_id BIGINT NOT NULL,
      recipient_id BIGINT NOT NULL,
      ciphertext {bytes} NOT NULL,
      ephemeral_pubkey TEXT NOT NULL,
      metadata TEXT,
      metadata_encrypted INTEGER NOT NULL,
      created_us BIGINT NOT NULL,
      acknowledged_us BIGINT
    );
    CREATE INDEX messages_by_recipient ON messages (recipient_id, id))");
}

Task<int64_t> MessageStore::add(const NewMessage& message) const {
  const int64_t now_us = utcNowUs();
  int64_t id = 0;
  co_await database_.writeStatement(
      kInsert, kOrder, [&](const Row& row) { id = row.integer(0); }, message.sender_id, message.recipient_id,
      Bytes{message.ciphertext}, message.ephemeral_pubkey, message.metadata, message.metadata_encrypted, now_us);
  co_return id;
}

Task<bool> MessageStore::list(const InboxQuery& query, MessageSink& sink) const {
  co_return co_await database_.read([&](Session& session) {
    sink.restart();
    const auto visit = [&](const Row& row) {
      const StoredMessage message{row.integer(0), row.integer(1),  query.recipient_id,  row.bytes(2),
                                  row.text(3),    row.findText(4), row.integer(5) != 0, row.integer(6)};
      return sink.take(message);
    };
    if (query.after) {
      session.query(kAfter, visit, query.recipient_id, query.limit, *query.after);
    } else {
      session.query(kNewestFirst, visit, query.recipient_id, query.limit);
    }
    return true;
  });
}

Task<std::optional<Delivery>> MessageStore::findDelivery(int64_t message_id) const {
  co_return co_await database_.read([&](Session& session) {
    std::optional<Delivery> delivery;
    session.query(
        "SELECT recipient_id, acknowledged_us FROM messages WHERE id = $1",
        [&](const Row& row) {
          delivery = Delivery{row.integer(0), !row.isNull(1)};
        },
        message_id);
    return delivery;
  });
}

Task<bool> MessageStore::acknowledge(int64_t message_id) const {
  const int64_t now_us = utcNowUs();
  co_await database_.write([&](Session& session) {
    return session.execute("UPDATE messages SET acknowledged_us = $1 WHERE id = $2 AND acknowledged_us IS NULL",
                           now_us, message_id);
  });
  co_return true;
}

}  // namespace kavro::messaging
