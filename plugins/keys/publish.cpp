#include "publish.hpp"

#include <string>
#include <utility>

namespace kavro::keys {

Task<Response> Publish::operator()(const Request& request) const {
  Body body(request);
  const std::string_view key_text = body.string("identity_pubkey");
  const std::optional<std::string_view> name = body.findString("device_name");
  Checked key;
  if (body.ok()) {
    key = key_rule_.check(key_text);
    if (!key.ok()) body.reject("identity_pubkey", key.reason);
    const Checked checked_name = name_rule_.check(name.value_or(std::string_view()));
    if (!checked_name.ok()) body.reject("device_name", checked_name.reason);
  }
  if (!body.ok()) co_return refuse(request, "invalid_request", body.problem());

  const NewDevice device{request.principal()->id, key.value, name};
  const std::optional<int64_t> id = co_await store_.publish(device);
  if (!id) {
    co_return refuse(request, "too_many_devices",
                     Response::problem(409, "You have as many devices as this server allows."));
  }

  host_.emit(Event("key_publish", "success").from(request).detail("device_id", *id));
  std::string out;
  JsonWriter(out).beginObject().key("status").string("public key stored").key("device_id").integer(*id).endObject();
  co_return Response::json(std::move(out), 201);
}

Response Publish::refuse(const Request& request, std::string_view reason, Response response) const {
  host_.emit(Event("key_publish", "failure").from(request).detail("reason", std::string(reason)));
  return response;
}

}  // namespace kavro::keys
