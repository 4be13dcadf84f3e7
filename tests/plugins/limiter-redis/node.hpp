// One instance of the plugin's parts, as a server would have it, with everything that it logs.
//
//   Node node({.url = redis.url(), .password = redis.password()});
//   EXPECT_TRUE(node.hit("k", {1, 1h}).decision->allowed);
//
// When it goes it checks that every hit and reset was answered exactly once.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <kavro/text.hpp>

#include "address.hpp"
#include "limiter_service.hpp"
#include "outage_log.hpp"
#include "redis_client.hpp"
#include "tests/services/process.hpp"

namespace kavro::limiter_redis {

using testing::kPatience;

struct Outcome {
  kavro_status status = -1;
  std::optional<kavro_limit_decision> decision;
  std::thread::id thread;
  Clock::duration took{};

  bool allowed() const { return decision && decision->allowed != 0; }
};

// Asks until it is so, for kPatience.
template <class Condition>
bool eventually(Condition condition) {
  const auto end = Clock::now() + kPatience;
  while (!condition()) {
    if (Clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

class Node {
 public:
  struct Setup {
    std::string url;
    std::string user = {};
    std::string password = {};
    std::string keyPrefix = "test:";
    OnFailure onFailure = OnFailure::kLocal;
    // Long, so that a busy machine is no outage; tests of time-outs set it.
    std::chrono::milliseconds timeout = kPatience;
    std::chrono::milliseconds connectTimeout = std::chrono::seconds(1);
    std::size_t queueMax = 10000;
  };

  explicit Node(const Setup& setup)
      : fallback_(setup.onFailure, 1000),
        log_(setup.url, setup.onFailure, counts_,
             [this](OutageLog::Level, const std::string& line) {
               const std::lock_guard lock(mutex_);
               lines_.push_back(line);
             }),
        client_({{parseAddress(setup.url), setup.user, setup.password, setup.keyPrefix},
                 setup.connectTimeout,
                 setup.timeout,
                 setup.queueMax},
                fallback_, counts_, log_),
        service_(client_, fallback_, counts_) {
    client_.start();
  }
  ~Node() {
    stop();
    for (const Call& call : calls_) EXPECT_EQ(call.answers, 1) << "a call was answered so many times";
    EXPECT_EQ(counts_.waiting, 0u);
  }

  void stop() { client_.stop(); }

  std::future<Outcome> startHit(std::string_view key, const Limit& limit) {
    const kavro_limit abi{sizeof abi, 0, limit.countMax, static_cast<std::uint64_t>(limit.window.count()),
                          static_cast<std::uint64_t>(limit.block.count())};
    Call& call = newCall();
    std::future<Outcome> outcome = call.outcome.get_future();
    table().hit(table().self, toAbi(key), &abi, Call::end, &call);
    return outcome;
  }
  std::future<Outcome> startReset(std::string_view key) {
    Call& call = newCall();
    std::future<Outcome> outcome = call.outcome.get_future();
    table().reset(table().self, toAbi(key), Call::end, &call);
    return outcome;
  }
  Outcome hit(std::string_view key, const Limit& limit) { return await(startHit(key, limit)); }
  Outcome reset(std::string_view key) { return await(startReset(key)); }

  // As many at once; how many were allowed.
  int hitMany(int count, std::string_view key, const Limit& limit) {
    std::vector<std::future<Outcome>> outcomes;
    for (int i = 0; i < count; ++i) outcomes.push_back(startHit(key, limit));
    int allowed = 0;
    for (auto& outcome : outcomes) allowed += await(std::move(outcome)).allowed();
    return allowed;
  }

  static Outcome await(std::future<Outcome> outcome) {
    if (outcome.wait_for(kPatience) == std::future_status::ready) return outcome.get();
    ADD_FAILURE() << "a call was not answered";
    return {};
  }

  bool waitUntilUp() const {
    return eventually([&] { return counts_.up.load(); });
  }
  bool waitUntilAway() const {
    return eventually([&] { return !counts_.up; });
  }
  bool isUp() const { return counts_.up; }

  const Counts& counts() const { return counts_; }
  const kavro_limiter_v1& table() const { return *service_.table(); }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  // All lines.
  std::string log() const {
    std::string text;
    for (const std::string& line : lines()) text += line + "\n";
    return text;
  }
  bool logged(std::string_view part) const { return log().find(part) != std::string::npos; }
  // Waits for it: counts and answers are there before the line that tells of them.
  bool logs(std::string_view part) const {
    return eventually([&] { return logged(part); });
  }

 private:
  struct Call {
    std::promise<Outcome> outcome;
    std::atomic<int> answers = 0;
    Clock::time_point begin = Clock::now();

    static void end(void* user, kavro_status status, const kavro_limit_decision* decision) {
      auto& self = *static_cast<Call*>(user);
      if (++self.answers > 1) return;  // ~Node says so
      self.outcome.set_value({status, decision ? std::optional(*decision) : std::nullopt, std::this_thread::get_id(),
                              Clock::now() - self.begin});
    }
  };
  Call& newCall() {
    const std::lock_guard lock(mutex_);
    return calls_.emplace_back();
  }

  mutable std::mutex mutex_;
  std::vector<std::string> lines_;  // mutex_
  std::deque<Call> calls_;          // mutex_ for adding
  Counts counts_;
  Fallback fallback_;
  OutageLog log_;
  RedisClient client_;
  LimiterService service_;
};

}  // namespace kavro::limiter_redis
