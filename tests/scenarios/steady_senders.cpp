#include "tests/scenarios/steady_senders.hpp"

#include <algorithm>
#include <stdexcept>

#include "tests/scenarios/raw_connection.hpp"
#include "tests/scenarios/senders.hpp"

namespace kavro::testing {
namespace {

constexpr std::chrono::milliseconds kPauseAfterFailure{10};
constexpr size_t kFaultsMax = 20;

bool leavesOpen(int status) { return status == 0 || status == 502 || status == 503 || status == 504; }

}  // namespace

SteadySenders::SteadySenders(std::vector<Endpoint> endpoints, const std::string& token, std::int64_t recipient_id,
                             int connections) {
  for (int i = 0; i < connections; ++i) {
    threads_.emplace_back([this, endpoint = endpoints[static_cast<size_t>(i) % endpoints.size()], token, recipient_id,
                           label = "c" + std::to_string(i)] { run(endpoint, token, recipient_id, label); });
  }
}

SteadySenders::~SteadySenders() { stop(); }

void SteadySenders::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void SteadySenders::run(const Endpoint& endpoint, const std::string& token, std::int64_t recipient_id,
                        const std::string& label) {
  std::optional<RawConnection> connection;
  for (int i = 0;; ++i) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    const std::string text = label + "-" + std::to_string(i);
    const Clock::time_point sent = Clock::now();
    std::optional<Reply> reply;
    try {
      if (!connection) connection.emplace(endpoint);
      connection->send(messageRequest(token, recipient_id, text));
      reply = connection->readReply();
    } catch (const std::runtime_error&) {
      connection.reset();
    }
    const auto duration = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - sent);
    if (note({sent, duration, reply ? reply->status : 0}, text, reply)) continue;
    connection.reset();
    if (!pauseAfterFailure()) return;
  }
}

bool SteadySenders::note(const Exchange& exchange, const std::string& text, const std::optional<Reply>& reply) {
  const std::lock_guard lock(mutex_);
  exchanges_.push_back(exchange);
  ++statuses_[exchange.status];
  changed_.notify_all();
  const auto fault = [&](const std::string& what) {
    if (faults_.size() < kFaultsMax) faults_.push_back(what);
  };
  if (exchange.duration >= kPatience) fault("no answer for " + std::to_string(exchange.duration.count()) + " ms");
  if (exchange.status == 201) {
    acknowledged_.emplace_back(reply->integer("id"), text);
    acknowledged_sent_.push_back(exchange.sent);
    return reply->header("Connection") != "close";
  }
  if (!leavesOpen(exchange.status)) fault(std::to_string(exchange.status) + " " + reply->body);
  if (exchange.status == 503 && !reply->header("Retry-After")) fault("503 without Retry-After: " + reply->body);
  return false;
}

bool SteadySenders::pauseAfterFailure() {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, kPauseAfterFailure, [&] { return stopping_; });
}

std::optional<SteadySenders::Clock::time_point> SteadySenders::waitForMore(size_t count) {
  std::unique_lock lock(mutex_);
  const Clock::time_point start = Clock::now();
  size_t looked_at = acknowledged_.size(), found = 0;
  const bool came = changed_.wait_for(lock, kPatience, [&] {
    for (; looked_at < acknowledged_sent_.size(); ++looked_at) found += acknowledged_sent_[looked_at] >= start;
    return found >= count || !faults_.empty();
  });
  if (!came || !faults_.empty()) return std::nullopt;
  return Clock::now();
}

bool SteadySenders::waitForStatus(int status, size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return statuses_[status] >= count || !faults_.empty(); }) &&
         faults_.empty();
}

size_t SteadySenders::acknowledgedCount() const {
  const std::lock_guard lock(mutex_);
  return acknowledged_.size();
}

std::vector<std::chrono::milliseconds> SteadySenders::durationsSince(Clock::time_point start) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::chrono::milliseconds> durations;
  for (const Exchange& exchange : exchanges_) {
    if (exchange.sent >= start) durations.push_back(exchange.duration);
  }
  std::sort(durations.begin(), durations.end());
  return durations;
}

}  // namespace kavro::testing
