// POST /messages/ {recipient_id, ciphertext, ephemeral_pubkey, metadata?}: stores a message for its recipient.
// 201 {status, id} when it is on disk; checked in this order: 415 a content coding; 412 the request's condition fails;
// 422 types and sizes; 404 no such recipient; 400 not base64; 422 not a usable key.
#pragma once

#include <kavro/plugin.hpp>
#include <kavro/services/identity.hpp>

#include "ephemeral_key.hpp"
#include <kavro/services/field_cipher.hpp>
#include "message_store.hpp"

namespace kavro::messaging {

class Send {
 public:
  struct Limits {
    size_t ciphertext_bytes_max;
    size_t metadata_bytes_max;  // as compact JSON
  };

  // The references must outlive it.
  Send(const Host& host, const MessageStore& store, const FieldCipher& cipher, EphemeralKeyRule key_rule, Limits limits)
      : host_(host),
        store_(store),
        cipher_(cipher),
        identity_(host.service<Identity>()),
        key_rule_(key_rule),
        limits_(limits) {}

  Task<Response> operator()(const Request& request) const;

 private:
  struct Input;

  Input decode(Body& body) const;
  Response refuse(const Request& request, std::string_view reason, Response response) const;

  const Host& host_;
  const MessageStore& store_;
  const FieldCipher& cipher_;
  Identity identity_;
  EphemeralKeyRule key_rule_;
  Limits limits_;
};

}  // namespace kavro::messaging
