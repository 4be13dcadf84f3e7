#include "tests/faults/promises.hpp"

#include <Poco/Exception.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "tests/scenarios/senders.hpp"
#include "tests/scenarios/stored_data.hpp"

namespace kavro::testing {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kAnswerMax{8};  // less than the client's patience: a missing answer is not a hanging one

std::string credentials(const std::string& name) {
  return R"({"username":")" + name + R"(","password":")" + Client::kPassword + "\"}";
}

std::string keyOf(int round) {
  char text[65];
  std::snprintf(text, sizeof text, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e14%08x",
                static_cast<unsigned>(round));
  return text;
}

std::string message(std::int64_t recipient_id, const std::string& text) {
  return R"({"recipient_id":)" + std::to_string(recipient_id) + R"(,"ciphertext":"aGVsbG8=","ephemeral_pubkey":")" +
         keyOf(1) + R"(","metadata":")" + text + "\"}";
}

}  // namespace

Promises::Promises(Server& server) : server_(server) {
  reconnect();
  alice_ = client_->registerUser("alice");
  bob_ = client_->registerUser("bob");
  bob_id_ = client_->userId(bob_);
}

void Promises::reconnect() { client_ = std::make_unique<Client>(server_); }

Reply Promises::ask(const std::string& what, const std::string& token, const std::string& method,
                    const std::string& path, const std::string& body, int expected) {
  Reply reply;
  const Clock::time_point begun = Clock::now();
  try {
    reply = client_->bearer(token).request(method, path, body);
  } catch (const Poco::Exception& error) {
    client_->disconnect();
    reply.body = error.displayText();  // of who has no answer, for messages
  }
  ++statuses_[reply.status];
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
  if (ms > kAnswerMax) wrong_.push_back(what + ": nothing for " + std::to_string(ms.count()) + " ms");
  if (reply.status != 0 && reply.status != expected && reply.status < 500) {
    wrong_.push_back(what + ": " + std::to_string(reply.status) + " " + reply.body);
  }
  return reply;
}

std::vector<std::string> Promises::round() {
  wrong_.clear();
  client_->disconnect();
  const std::string label = std::to_string(++rounds_);
  const std::string name = "walker" + label;
  std::string token = alice_;
  Reply reply = ask("register", "", "POST", "/auth/register", credentials(name), 201);
  if (reply.status == 201) {
    registered_.push_back(name);
    token = reply.string("access_token");
  }
  reply = ask("login", "", "POST", "/auth/login", credentials("alice"), 200);
  reply = ask("publish", token, "POST", "/keys/publish",
              R"({"device_name":"d)" + label + R"(","identity_pubkey":")" + keyOf(rounds_) + "\"}", 201);
  if (reply.status == 201) keys_.emplace(keyOf(rounds_), token);
  reply = ask("send", alice_, "POST", "/messages/", message(bob_id_, "walk-" + label), 201);
  std::int64_t id = 0;
  if (reply.status == 201) {
    id = reply.integer("id");
    if (!sent_.emplace(id, "walk-" + label).second) wrong_.push_back("the id " + std::to_string(id) + " came twice");
  }
  reply = ask("inbox", bob_, "GET", "/messages/inbox?limit=50&after=" + std::to_string(last_id_), "", 200);
  if (reply.status == 200 && id != 0 && reply.body.find("\"walk-" + label + "\"") == std::string::npos) {
    wrong_.push_back("the inbox has no walk-" + label + ", which was stored");
  }
  if (id != 0) {
    reply = ask("acknowledge", bob_, "POST", "/messages/" + std::to_string(id) + "/ack", "", 200);
    if (reply.status == 200) acknowledged_.push_back(id);
    last_id_ = id;
  }
  ask("me", bob_, "GET", "/auth/me", "", 200);
  return wrong_;
}

std::string Promises::serves() {
  wrong_.clear();
  client_->disconnect();
  const std::string text = "sound-" + std::to_string(++rounds_);
  const Reply reply = ask("send", alice_, "POST", "/messages/", message(bob_id_, text), 201);
  if (reply.status != 201) return "send: " + std::to_string(reply.status) + " " + reply.body;
  last_id_ = reply.integer("id");
  sent_.emplace(last_id_, text);
  const Reply inbox = ask("inbox", bob_, "GET", "/messages/inbox?limit=1", "", 200);
  if (inbox.status != 200) return "inbox: " + std::to_string(inbox.status) + " " + inbox.body;
  return inbox.body.find("\"" + text + "\"") == std::string::npos ? "the inbox has no " + text : "";
}

std::vector<std::string> Promises::broken() {
  std::vector<std::string> broken;
  client_->disconnect();
  const StoredData data(server_.installation());
  if (const std::string state = data.integrity(); state != "ok") broken.push_back("the database: " + state);

  std::map<std::int64_t, std::string> found;
  std::map<std::string, int> texts;
  for (const auto& [id, text] : wholeInbox(client_->bearer(bob_))) {
    if (!found.emplace(id, text).second) broken.push_back("message " + std::to_string(id) + " is listed twice");
    if (++texts[text] == 2) broken.push_back(text + " is there twice");
  }
  for (const auto& [id, text] : sent_) {
    if (found[id] != text) broken.push_back(text + " was stored as " + std::to_string(id) + " and is not there");
  }
  for (const std::int64_t id : acknowledged_) {
    const std::string sql = "SELECT count(*) FROM messages WHERE acknowledged_us IS NOT NULL AND id = ";
    if (data.execute(sql + std::to_string(id)) != "1") {
      broken.push_back(std::to_string(id) + " was acknowledged and is not");
    }
  }
  for (size_t i = 0; i < registered_.size(); ++i) {
    const std::string& name = registered_[i];
    const std::string count = data.execute("SELECT count(*) FROM users WHERE username = '" + name + "'");
    if (count != "1") broken.push_back(name + " was registered and is there " + count + " times");
    if (i % 16 != 0) continue;  // hashing takes its time
    const int status = client_->bearer("").post("/auth/login", credentials(name)).status;
    if (status != 200) broken.push_back(name + " cannot log in: " + std::to_string(status));
  }
  for (const auto& [key, token] : keys_) {
    const std::int64_t user = client_->userId(token);
    if (client_->get("/keys/" + std::to_string(user)).body.find(key) == std::string::npos) {
      broken.push_back("the key " + key + " was stored and is not there");
    }
  }
  return broken;
}

}  // namespace kavro::testing
