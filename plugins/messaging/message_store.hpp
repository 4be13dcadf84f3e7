// The table of messages: stored when sent, never changed except for the acknowledgement.
//
//   messages  id                  {id}: never reused, grows in the order of storing
//             sender_id           BIGINT
//             recipient_id        BIGINT
//             ciphertext          {bytes}  as the sender encrypted it
//             ephemeral_pubkey    TEXT     with key_format = x25519 64 lower-case hex digits
//             metadata            TEXT     compact JSON, or a token of kavro.cipher/1; NULL: none
//             metadata_encrypted  INTEGER  1 when metadata is a token
//             created_us          BIGINT   microseconds since 1970 UTC
//             acknowledged_us     BIGINT   NULL: not yet
//             index (recipient_id, id)
//
// Threads: any. Ownership: the Host must outlive it; what is passed in lives until the task is done.
// Errors: Error(kUnavailable) when the database is away, too busy or full.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <kavro/host.hpp>
#include <kavro/task.hpp>

namespace kavro::messaging {

struct NewMessage {
  int64_t sender_id;
  int64_t recipient_id;
  std::string_view ciphertext;  // bytes
  std::string_view ephemeral_pubkey;
  std::optional<std::string_view> metadata;
  bool metadata_encrypted;
};

// A row; borrowed until the sink returns.
struct StoredMessage {
  int64_t id;
  int64_t sender_id;
  int64_t recipient_id;
  std::string_view ciphertext;  // bytes
  std::string_view ephemeral_pubkey;
  std::optional<std::string_view> metadata;
  bool metadata_encrypted;
  int64_t created_us;
};

// Takes the messages of a list while they are read.
class MessageSink {
 public:
  virtual ~MessageSink() = default;
  virtual void restart() = 0;                           // forget what came: the list is read from its beginning
  virtual bool take(const StoredMessage& message) = 0;  // false: no room for this one, end the list before it
};

// Which messages of a recipient, acknowledged or not.
struct InboxQuery {
  int64_t recipient_id;
  std::optional<int64_t> after;  // nothing: the newest, newest first; otherwise ids above it, oldest first
  int64_t limit;
};

// How far a message has come.
struct Delivery {
  int64_t recipient_id;
  bool acknowledged;
};

class MessageStore {
 public:
  // Registers the migrations.
  explicit MessageStore(const Host& host);

  // Stores a message durably and returns its id.
  Task<int64_t> add(const NewMessage& message) const;

  // Passes messages to the sink, which may be on another thread than the task. Returns true.
  Task<bool> list(const InboxQuery& query, MessageSink& sink) const;

  // Nothing: there is no such message.
  Task<std::optional<Delivery>> findDelivery(int64_t message_id) const;

  // Marks a message as read, durably; the time of the first mark stays.
  Task<bool> acknowledge(int64_t message_id) const;

 private:
  const Database& database_;
};

}  // namespace kavro::messaging
