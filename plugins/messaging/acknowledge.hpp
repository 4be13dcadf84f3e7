// POST /messages/{id}/ack: the recipient has read it. 200 {status}, also when repeated; checked in this order: 422 the id
// is no integer; 404 no such message; 403 not the caller's; 412 the request's condition fails. The message stays in the
// inbox.
#pragma once

#include <kavro/plugin.hpp>

#include "message_store.hpp"

namespace kavro::messaging {

class Acknowledge {
 public:
  // The references must outlive it.
  Acknowledge(const Host& host, const MessageStore& store) : host_(host), store_(store) {}

  Task<Response> operator()(const Request& request) const;

 private:
  const Host& host_;
  const MessageStore& store_;
};

}  // namespace kavro::messaging
