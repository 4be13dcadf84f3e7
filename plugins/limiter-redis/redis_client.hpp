// Asks Redis: one connection, and one thread that polls it, connects again, and keeps the time.
//
//   caller     submit()  ->  inbox_  ->  thread: one write for all that is there  ->  Redis
//   caller's done  <-  thread: the answer, or at its deadline on_failure's
//
// A hit has `timeout` from its submit(); then on_failure answers it, and the reply, should it come, is ignored. So what
// is not known to have been counted is decided once, by the policy. When Redis has not answered a command for `timeout`
// and nothing more is there to be read, the connection is closed: from then on submit() takes nothing, and callers get
// the policy's answer at once. Connecting again is tried after a BackOff, with connectTimeout for all of it.
//
// A deadline is judged by a time taken before the socket was looked at: when this thread itself was held up, answers
// that have come meanwhile are taken first.
//
// A reset that Redis did not confirm is owed: it is made up for when Redis is back, before anything else is asked, so
// that whoever logged in meanwhile does not find old failures counted. At most kOwedResetsMax keys.
//
// Threads: submit() any; start() and stop() one. `done` of a request is called on the thread of the client,
// without a lock, exactly once; after stop() has returned none is left.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>

#include "back_off.hpp"
#include "connection.hpp"
#include "counts.hpp"
#include "fallback.hpp"
#include "outage_log.hpp"
#include "request.hpp"
#include "wake_event.hpp"

namespace kavro::limiter_redis {

class RedisClient {
 public:
  static constexpr std::size_t kOwedResetsMax = 10'000;
  // A connection that held for less does not shorten the wait for the next one.
  static constexpr std::chrono::seconds kStableAfter{1};

  struct Options {
    Connection::Options connection;
    std::chrono::milliseconds connectTimeout;
    std::chrono::milliseconds timeout;
    std::size_t queueMax;
  };

  // Borrows all but the options.
  RedisClient(Options options, Fallback& fallback, Counts& counts, OutageLog& log);
  ~RedisClient();
  RedisClient(const RedisClient&) = delete;
  RedisClient& operator=(const RedisClient&) = delete;

  // Returns when it is known whether Redis is there, at the latest after connectTimeout.
  void start();
  // Answers everything that waits.
  void stop();

  enum class Submission {
    kTaken,    // done will be called; the list is empty now
    kOwed,     // a reset, while Redis is away: it will be made up for
    kRefused,  // a hit while Redis is away, or whatever it is, too many wait
  };
  // Takes the request out of the list of one, or leaves it there. Throws std::bad_alloc, and leaves it there.
  Submission submit(std::list<Request>& one);

 private:
  using Requests = std::list<Request>;

  void run();
  void step();
  void takeInbox();
  void send(Request& request, Connection::Script script);
  bool poll(Clock::time_point now);  // whether there was something to read
  Clock::time_point nextWake() const;
  void judge(Clock::time_point looked, bool isReadable);
  void judgeWaiting(Clock::time_point looked, bool isReadable);
  void connect();
  void goUp();
  void close(const Failure* failure);
  void handleReply(Request& request, const redisReply& reply);
  void handleError(Request& request, std::string_view text);
  void settle(Request& request);
  bool owe(std::string& key) noexcept;  // with mutex_ held; false: too many are owed, or it stops
  void endFirstAttempt();

  const Options options_;
  Fallback& fallback_;
  Counts& counts_;
  OutageLog& log_;
  const Connection::OnReply onReply_;
  WakeEvent wake_;
  std::thread thread_;

  std::mutex mutex_;
  std::condition_variable firstAttempt_;
  // Guarded by mutex_:
  Requests inbox_;
  bool open_ = false;  // submit() takes requests
  bool stopping_ = false;
  bool firstAttemptOver_ = false;
  std::unordered_set<std::string> owed_;

  // The thread's own:
  Requests waiting_;  // sent, and in the order of their deadlines
  std::unique_ptr<Connection> connection_;
  BackOff backOff_;
  Clock::time_point nextAttempt_{};  // when there is no connection
  Clock::time_point attemptEnd_{};   // while it is opening
  Clock::time_point upSince_{};      // while it is ready
  bool isUp_ = false;
};

}  // namespace kavro::limiter_redis
