#include "tests/scenarios/senders.hpp"

#include <optional>
#include <stdexcept>

#include "tests/scenarios/raw_connection.hpp"

namespace kavro::testing {
namespace {

constexpr const char* kKey = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";  // RFC 7748, 6.1

}  // namespace

std::string messageRequest(const std::string& token, std::int64_t recipient_id, const std::string& text) {
  const std::string body = R"({"recipient_id":)" + std::to_string(recipient_id) +
                           R"(,"ciphertext":"aGVsbG8=","ephemeral_pubkey":")" + kKey + R"(","metadata":")" + text +
                           "\"}";
  return "POST /messages/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer " +
         token + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

Senders::Senders(const Endpoint& endpoint, const std::string& token, std::int64_t recipient_id,
                 const std::string& label, int connections) {
  for (int i = 0; i < connections; ++i) {
    threads_.emplace_back([this, endpoint, token, recipient_id, name = label + "-" + std::to_string(i)] {
      send(endpoint, token, recipient_id, name);
    });
  }
}

Senders::~Senders() { join(); }

void Senders::send(const Endpoint& endpoint, const std::string& token, std::int64_t recipient_id, std::string label) {
  std::optional<RawConnection> connection;
  try {
    connection.emplace(endpoint);
  } catch (const std::runtime_error& error) {
    const std::lock_guard lock(mutex_);
    if (!end_expected_) surprises_.push_back(error.what());
    return;
  }
  for (int i = 0;; ++i) {
    const std::string text = label + "-" + std::to_string(i);
    connection->send(messageRequest(token, recipient_id, text));
    const bool sent_before_the_end = !end_expected_;
    std::optional<Reply> reply;
    try {
      reply = connection->readReply();
    } catch (const std::runtime_error& error) {
      const std::lock_guard lock(mutex_);
      surprises_.push_back(error.what());
      return;
    }
    if (!reply) {
      if (sent_before_the_end) ++unanswered_;
      return;
    }
    const std::lock_guard lock(mutex_);
    if (reply->status == 201) {
      stored_.emplace(reply->integer("id"), text);
      changed_.notify_all();
    } else if (reply->status != 503 || !end_expected_) {
      surprises_.push_back(std::to_string(reply->status) + " " + reply->body);
      return;
    }
    if (reply->header("Connection") == "close") return;
  }
}

bool Senders::waitForAnswers(size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return stored_.size() >= count || !surprises_.empty(); }) &&
         surprises_.empty();
}

void Senders::join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

std::vector<std::pair<std::int64_t, std::string>> wholeInbox(Client& client, std::int64_t after) {
  std::vector<std::pair<std::int64_t, std::string>> all;
  for (;;) {
    const Reply reply = client.get("/messages/inbox?limit=200&after=" + std::to_string(after));
    if (reply.status != 200) throw std::runtime_error("the inbox: " + std::to_string(reply.status) + " " + reply.body);
    const auto list = reply.array("messages");
    if (list->size() == 0) return all;
    for (unsigned i = 0; i < list->size(); ++i) {
      const auto message = list->getObject(i);
      after = message->getValue<Poco::Int64>("id");
      all.emplace_back(after, message->getValue<std::string>("metadata"));
    }
  }
}

}  // namespace kavro::testing
