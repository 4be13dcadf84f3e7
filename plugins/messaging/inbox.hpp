// GET /messages/inbox?limit=N&after=ID: the caller's messages, acknowledged or not. Newest first; with `after` those
// with greater ids, oldest first. 200 {messages: [...]}; 422 limit or after out of range.
#pragma once

#include <kavro/plugin.hpp>

#include <kavro/services/field_cipher.hpp>
#include "message_store.hpp"

namespace kavro::messaging {

class Inbox {
 public:
  struct Limits {
    int64_t limit_default;
    int64_t limit_max;
    size_t bytes_max;  // of the answer
  };

  // The references must outlive it.
  Inbox(const Host& host, const MessageStore& store, const FieldCipher& cipher, Limits limits)
      : host_(host), store_(store), cipher_(cipher), limits_(limits) {}

  Task<Response> operator()(const Request& request) const;

 private:
  const Host& host_;
  const MessageStore& store_;
  const FieldCipher& cipher_;
  Limits limits_;
};

}  // namespace kavro::messaging
