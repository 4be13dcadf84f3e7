// Kavro's calls, typed. One thread.
//
// A status other than the documented successes and the outcomes named below throws Failure with the request, what came,
// the problem's `detail` (RFC 9457) and, for 429, how long the server asks to wait.
//
//   POST /auth/register     201 access_token                400: the name is taken
//   POST /auth/login        200 access_token                401: unknown name or wrong password
//   GET  /auth/me           200 user_id, username           401: the token is no longer good
//   POST /keys/publish      201 device_id
//   GET  /keys/{user_id}    200 devices
//   POST /messages/         201 id
//   GET  /messages/inbox    200 messages, with `after` the oldest first
//   POST /messages/{id}/ack 200
//   GET  /health            200 version
#pragma once

#include <Poco/Dynamic/Var.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "https_client.hpp"
#include "sealed_message.hpp"

namespace kavro::demo_client {

struct User {
  std::int64_t id = 0;
  std::string name;
};

struct Device {
  std::int64_t id = 0;
  std::string identity_pubkey;  // 64 hex digits, as the server tells them
};

struct Message {
  std::int64_t id = 0;
  std::int64_t sender_id = 0;
  SealedMessage sealed;
  std::string metadata;  // JSON
  std::string created_at;
};

class ApiClient {
 public:
  // `http` must outlive this.
  explicit ApiClient(HttpsClient& http) : http_(http) {}

  std::string version();

  // The access token, or nothing when the name is taken.
  std::optional<std::string> registerUser(const std::string& name, const std::string& password);
  // The access token, or nothing when the server knows no such name with that password.
  std::optional<std::string> login(const std::string& name, const std::string& password);
  // Nothing when the token is no longer good.
  std::optional<User> findUser(const std::string& token);

  std::int64_t publishKey(const std::string& token, const PublicKey& key, const std::string& device_name);
  std::vector<Device> devicesOf(std::int64_t user_id);

  // The message's id. `topic` goes into the metadata, which the server encrypts at rest.
  std::int64_t send(const std::string& token, std::int64_t recipient_id, const SealedMessage& message,
                    const std::string& topic);
  // At most `limit` messages with an id over `after`, the oldest first.
  std::vector<Message> inboxAfter(const std::string& token, std::int64_t after, int limit);
  void acknowledge(const std::string& token, std::int64_t message_id);

 private:
  HttpsClient& http_;
};

}  // namespace kavro::demo_client
