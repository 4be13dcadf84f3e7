// Many connections that send messages for as long as they are told to, whatever happens to the servers meanwhile: they
// connect again, and go on with another message when one was not acknowledged.
//
// Each message carries a text of its own as metadata. What was answered with 201 is acknowledged; no answer, 502, 503
// and 504 leave open whether the message is stored, and are no faults; anything else is.
// Threads: made and joined by the thread that owns it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/scenarios/client.hpp"

namespace kavro::testing {

class SteadySenders {
 public:
  using Clock = std::chrono::steady_clock;

  // The connections are dealt out to the endpoints in turn.
  SteadySenders(std::vector<Endpoint> endpoints, const std::string& token, std::int64_t recipient_id, int connections);
  ~SteadySenders();
  SteadySenders(const SteadySenders&) = delete;
  SteadySenders& operator=(const SteadySenders&) = delete;

  // When `count` more messages were acknowledged that were sent after this call; nothing when kPatience was over, or a
  // fault was found.
  std::optional<Clock::time_point> waitForMore(size_t count);

  // True when `count` answers of this status have come, since the beginning.
  bool waitForStatus(int status, size_t count);

  // Ends every connection after its current request.
  void stop();

  // At any time:
  size_t acknowledgedCount() const;

  // After stop():
  const std::vector<std::pair<std::int64_t, std::string>>& acknowledged() const { return acknowledged_; }
  const std::vector<std::string>& faults() const { return faults_; }
  // How many answers of each status; 0: none.
  const std::map<int, size_t>& statuses() const { return statuses_; }
  // How long requests took that were sent after `start`, in order: acknowledged or not.
  std::vector<std::chrono::milliseconds> durationsSince(Clock::time_point start) const;

 private:
  struct Exchange {
    Clock::time_point sent;
    std::chrono::milliseconds duration;
    int status;
  };

  void run(const Endpoint& endpoint, const std::string& token, std::int64_t recipient_id, const std::string& label);
  // False when the connection is of no use any more.
  bool note(const Exchange& exchange, const std::string& text, const std::optional<Reply>& reply);
  // Before another connection is tried: a client that was turned away gives the server a moment. False: stop.
  bool pauseAfterFailure();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;                                           // mutex_
  std::vector<std::pair<std::int64_t, std::string>> acknowledged_;  // mutex_
  std::vector<Clock::time_point> acknowledged_sent_;                // mutex_: when each was sent
  std::vector<std::string> faults_;                                 // mutex_
  std::map<int, size_t> statuses_;                                  // mutex_
  std::vector<Exchange> exchanges_;                                 // mutex_
  std::vector<std::thread> threads_;
};

}  // namespace kavro::testing
