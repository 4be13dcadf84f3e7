#include "api_client.hpp"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Stringifier.h>

#include <sstream>

#include "failure.hpp"
#include "transcript.hpp"

namespace kavro::demo_client {

using Poco::JSON::Array;
using Poco::JSON::Object;

namespace {

std::string textOf(const Object& object) {
  std::ostringstream text;
  object.stringify(text);
  return text.str();
}

Failure unexpected(const std::string& call, const Answer& answer, const std::string& what) {
  std::string text = call + ": " + std::to_string(answer.status) + ' ' + printable(answer.reason) + ", " + what;
  std::string detail;
  if (answer.json)
    detail = answer.json->optValue<std::string>("detail", answer.json->optValue<std::string>("error", ""));
  if (!detail.empty()) text += "; the server says: " + printable(detail);
  if (answer.retry_after) text += "; it asks to wait " + spoken(*answer.retry_after) + " before the next try";
  return Failure(text);
}

// The answer's object, when its status is the expected one.
const Object& expect(int status, const std::string& call, const Answer& answer) {
  if (answer.status != status) throw unexpected(call, answer, "expected " + std::to_string(status));
  if (!answer.json) throw unexpected(call, answer, "but no JSON object came with it");
  return *answer.json;
}

// A member that must be there, of type T; `call` is for the message.
template <typename T>
T member(const Object& object, const char* name, const std::string& call) {
  try {
    return object.getValue<T>(name);
  } catch (const Poco::Exception&) {
    throw Failure(call + ": the answer has no usable '" + std::string(name) + "'");
  }
}

// The objects in a list that must be there.
std::vector<Object::Ptr> list(const Object& object, const char* name, const std::string& call) {
  const Array::Ptr array = object.getArray(name);
  if (!array) throw Failure(call + ": the answer has no list '" + std::string(name) + "'");
  std::vector<Object::Ptr> items;
  for (unsigned index = 0; index < array->size(); ++index) {
    const Object::Ptr item = array->getObject(index);
    if (!item) throw Failure(call + ": '" + std::string(name) + "' holds something that is no object");
    items.push_back(item);
  }
  return items;
}

std::string credentials(const std::string& name, const std::string& password) {
  Object body;
  body.set("username", name);
  body.set("password", password);
  return textOf(body);
}

}  // namespace

std::string ApiClient::version() {
  const std::string call = "GET /health";
  return member<std::string>(expect(200, call, http_.request("GET", "/health", "", "")), "version", call);
}

std::optional<std::string> ApiClient::registerUser(const std::string& name, const std::string& password) {
  const std::string call = "POST /auth/register";
  const Answer answer = http_.request("POST", "/auth/register", "", credentials(name, password));
  if (answer.status == 400) return std::nullopt;
  return member<std::string>(expect(201, call, answer), "access_token", call);
}

std::optional<std::string> ApiClient::login(const std::string& name, const std::string& password) {
  const std::string call = "POST /auth/login";
  const Answer answer = http_.request("POST", "/auth/login", "", credentials(name, password));
  if (answer.status == 401) return std::nullopt;
  return member<std::string>(expect(200, call, answer), "access_token", call);
}

std::optional<User> ApiClient::findUser(const std::string& token) {
  const std::string call = "GET /auth/me";
  const Answer answer = http_.request("GET", "/auth/me", token, "");
  if (answer.status == 401) return std::nullopt;
  const Object& user = expect(200, call, answer);
  return User{member<Poco::Int64>(user, "user_id", call), member<std::string>(user, "username", call)};
}

std::int64_t ApiClient::publishKey(const std::string& token, const PublicKey& key, const std::string& device_name) {
  const std::string call = "POST /keys/publish";
  Object body;
  body.set("identity_pubkey", toHex(key));
  body.set("device_name", device_name);
  const Answer answer = http_.request("POST", "/keys/publish", token, textOf(body));
  return member<Poco::Int64>(expect(201, call, answer), "device_id", call);
}

std::vector<Device> ApiClient::devicesOf(std::int64_t user_id) {
  const std::string path = "/keys/" + std::to_string(user_id);
  const std::string call = "GET " + path;
  const Answer answer = http_.request("GET", path, "", "");
  std::vector<Device> devices;
  for (const Object::Ptr& item : list(expect(200, call, answer), "devices", call)) {
    devices.push_back({member<Poco::Int64>(*item, "id", call), member<std::string>(*item, "identity_pubkey", call)});
  }
  return devices;
}

std::int64_t ApiClient::send(const std::string& token, std::int64_t recipient_id, const SealedMessage& message,
                             const std::string& topic) {
  const std::string call = "POST /messages/";
  Object metadata;
  metadata.set("topic", topic);
  Object body;
  body.set("recipient_id", recipient_id);
  body.set("ciphertext", message.ciphertext);
  body.set("ephemeral_pubkey", message.ephemeral_pubkey);
  body.set("metadata", metadata);
  const Answer answer = http_.request("POST", "/messages/", token, textOf(body));
  return member<Poco::Int64>(expect(201, call, answer), "id", call);
}

std::vector<Message> ApiClient::inboxAfter(const std::string& token, std::int64_t after, int limit) {
  const std::string path = "/messages/inbox?after=" + std::to_string(after) + "&limit=" + std::to_string(limit);
  const std::string call = "GET " + path;
  const Answer answer = http_.request("GET", path, token, "");
  std::vector<Message> messages;
  for (const Object::Ptr& item : list(expect(200, call, answer), "messages", call)) {
    Message message;
    message.id = member<Poco::Int64>(*item, "id", call);
    message.sender_id = member<Poco::Int64>(*item, "sender_id", call);
    message.sealed.ciphertext = member<std::string>(*item, "ciphertext", call);
    message.sealed.ephemeral_pubkey = member<std::string>(*item, "ephemeral_pubkey", call);
    message.created_at = member<std::string>(*item, "created_at", call);
    std::ostringstream metadata;
    Poco::JSON::Stringifier::stringify(item->get("metadata"), metadata);
    message.metadata = metadata.str();
    messages.push_back(message);
  }
  return messages;
}

void ApiClient::acknowledge(const std::string& token, std::int64_t message_id) {
  const std::string path = "/messages/" + std::to_string(message_id) + "/ack";
  expect(200, "POST " + path, http_.request("POST", path, token, ""));
}

}  // namespace kavro::demo_client
