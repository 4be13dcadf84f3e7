#include "send.hpp"

#include <string>
#include <utility>

#include "base64.hpp"

namespace kavro::messaging {
namespace {

constexpr size_t kReplyBytes = 64;  // {"status":"stored","id":ID}, whatever the id

}  // namespace

struct Send::Input {
  int64_t recipient_id = 0;
  std::string_view ciphertext;  // base64, not yet decoded
  std::string_view ephemeral_pubkey;
  std::optional<std::string> metadata;  // compact JSON
};

Send::Input Send::decode(Body& body) const {
  Input input;
  input.recipient_id = body.integer("recipient_id");
  input.ciphertext = body.string("ciphertext");
  input.ephemeral_pubkey = body.string("ephemeral_pubkey");
  const std::optional<JsonValue> metadata = body.find("metadata");
  if (metadata && !metadata->isNull()) JsonWriter(input.metadata.emplace()).value(*metadata);
  if (!body.ok()) return input;

  if (input.ciphertext.empty()) body.reject("ciphertext", "must not be empty");
  if (const size_t size = Base64::decodedSize(input.ciphertext); size > limits_.ciphertext_bytes_max) {
    body.reject("ciphertext", "is " + std::to_string(size) + " bytes long when decoded, at most " +
                                  std::to_string(limits_.ciphertext_bytes_max) + " are allowed");
  }
  if (input.metadata && input.metadata->size() > limits_.metadata_bytes_max) {
    body.reject("metadata", "is " + std::to_string(input.metadata->size()) + " bytes long as compact JSON, at most " +
                                std::to_string(limits_.metadata_bytes_max) + " are allowed");
  }
  return input;
}

Task<Response> Send::operator()(const Request& request) const {
  Body body(request);
  const Input input = decode(body);
  if (!body.ok()) co_return refuse(request, "invalid_request", body.problem());

  std::optional<Principal> recipient;
  if (input.recipient_id > 0) recipient = co_await identity_.findUser(input.recipient_id);
  if (!recipient) {
    co_return refuse(request, "no_such_recipient", Response::problem(404, "Recipient user not found."));
  }

  const std::optional<std::string> ciphertext = Base64::decode(input.ciphertext);
  if (!ciphertext) {
    co_return refuse(request, "invalid_ciphertext",
                     Response::problem(400, "Invalid ciphertext. Must be valid base64 encoded."));
  }
  const EphemeralKeyRule::Checked key = key_rule_.check(input.ephemeral_pubkey);
  if (!key.reason.empty()) {
    body.reject("ephemeral_pubkey", key.reason);
    co_return refuse(request, "invalid_key", body.problem());
  }

  FieldCipher::Sealed metadata{{}, false};
  if (input.metadata) metadata = cipher_.seal(*input.metadata);
  NewMessage message{request.principal()->id, recipient->id, *ciphertext, key.key, std::nullopt, metadata.encrypted};
  if (input.metadata) message.metadata = metadata.text;
  const int64_t id = co_await store_.add(message);

  host_.emit(
      Event("message_send", "success").from(request).detail("recipient_id", recipient->id).detail("message_id", id));
  std::string out;
  out.reserve(kReplyBytes);
  JsonWriter(out).beginObject().key("status").string("stored").key("id").integer(id).endObject();
  co_return Response::json(std::move(out), 201);
}

Response Send::refuse(const Request& request, std::string_view reason, Response response) const {
  host_.emit(Event("message_send", "failure").from(request).detail("reason", std::string(reason)));
  return response;
}

}  // namespace kavro::messaging
