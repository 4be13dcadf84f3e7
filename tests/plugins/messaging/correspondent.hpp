// A registered user who sends and reads messages through the real server.
#pragma once

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/scenarios/client.hpp"
#include "tests/scenarios/server.hpp"

namespace kavro::testing {

// A usable X25519 public key (RFC 7748 section 6.1).
inline const std::string kEphemeralKey = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";

struct Correspondent {
  // Registers. `token` and `id` stay good when the server starts again.
  Correspondent(const Server& server, const std::string& name) : client(server) {
    token = client.registerUser(name);
    id = client.userId(token);
    client.bearer(token);
  }
  // The same user in a client of its own.
  Correspondent(const Server& server, const Correspondent& other) : client(server), token(other.token), id(other.id) {
    client.bearer(token);
  }

  // POST /messages/ with the values as JSON texts; an empty metadata is left out.
  Reply send(std::int64_t recipient, const std::string& ciphertext = "Zm9vYmFy", const std::string& metadata = {},
             const std::string& key = kEphemeralKey) {
    return client.post("/messages/", body(recipient, ciphertext, metadata, key));
  }
  static std::string body(std::int64_t recipient, const std::string& ciphertext = "Zm9vYmFy",
                          const std::string& metadata = {}, const std::string& key = kEphemeralKey) {
    return R"({"recipient_id":)" + std::to_string(recipient) + R"(,"ciphertext":")" + ciphertext +
           R"(","ephemeral_pubkey":")" + key + '"' + (metadata.empty() ? "" : R"(,"metadata":)" + metadata) + "}";
  }

  Poco::JSON::Array::Ptr inbox(const std::string& query = {}) {
    const Reply reply = client.get("/messages/inbox" + query);
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.array("messages");
  }
  std::vector<std::int64_t> inboxIds(const std::string& query = {}) {
    std::vector<std::int64_t> ids;
    const auto messages = inbox(query);
    for (unsigned i = 0; i < messages->size(); ++i) {
      ids.push_back(messages->getObject(i)->getValue<std::int64_t>("id"));
    }
    return ids;
  }
  Reply acknowledge(const std::string& message_id) { return client.post("/messages/" + message_id + "/ack"); }
  Reply acknowledge(std::int64_t message_id) { return acknowledge(std::to_string(message_id)); }

  Client client;
  std::string token;
  std::int64_t id = 0;
};

// The one finding of a 422: "field: message".
inline std::string finding(const Reply& reply) {
  EXPECT_EQ(reply.status, 422) << reply.body;
  EXPECT_EQ(reply.header("Content-Type"), "application/problem+json");
  const auto details = reply.array("details");
  EXPECT_EQ(details->size(), 1u) << reply.body;
  const auto first = details->getObject(0);
  return first->getValue<std::string>("field") + ": " + first->getValue<std::string>("message");
}

// The member metadata of a message as it stands in the answer.
inline std::string metadataText(const std::string& inbox) {
  const std::string mark = R"("metadata":)";
  const size_t begin = inbox.find(mark) + mark.size();
  return inbox.substr(begin, inbox.find(R"(,"created_at")", begin) - begin);
}

}  // namespace kavro::testing
