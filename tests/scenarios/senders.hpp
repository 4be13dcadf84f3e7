// Many connections that send messages as fast as they are answered, until they are told to stop or the server is gone.
//
// Each message carries a text of its own as metadata. What was answered with 201 is kept, by id.
// Threads: made and joined by the thread that owns it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/scenarios/client.hpp"

namespace kavro::testing {

class Senders {
 public:
  // `label` makes the texts differ from those of other rounds.
  Senders(const Endpoint& endpoint, const std::string& token, std::int64_t recipient_id, const std::string& label,
          int connections);
  ~Senders();

  // True when at least `count` messages were answered within kPatience.
  bool waitForAnswers(size_t count);

  // From now on a request that gets no answer is no fault, if it was sent after this call.
  void expectTheEnd() { end_expected_ = true; }
  // Waits until every connection has ended by itself: the server is gone or going.
  void join();

  // After join():
  // id -> the text of the message, for everything that was answered with 201.
  const std::map<std::int64_t, std::string>& stored() const { return stored_; }
  // Requests that were sent whole before expectTheEnd() and never answered.
  int unanswered() const { return unanswered_; }
  // Answers that were neither 201 nor, after expectTheEnd(), a 503; as text.
  const std::vector<std::string>& surprises() const { return surprises_; }

 private:
  void send(const Endpoint& endpoint, const std::string& token, std::int64_t recipient_id, std::string label);

  std::atomic<bool> end_expected_{false};
  std::atomic<int> unanswered_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::int64_t, std::string> stored_;  // mutex_
  std::vector<std::string> surprises_;          // mutex_
  std::vector<std::thread> threads_;
};

// A message with `text` as its metadata, as it goes over a connection.
std::string messageRequest(const std::string& token, std::int64_t recipient_id, const std::string& text);

// All messages of an inbox with ids above `after`, oldest first, page by page: id and metadata (a text). One that comes
// twice is there twice.
std::vector<std::pair<std::int64_t, std::string>> wholeInbox(Client& client, std::int64_t after = 0);

}  // namespace kavro::testing
