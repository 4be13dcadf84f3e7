// Server's watchdog: reactors that a plugin blocks, and workers that do not come back.
#include <algorithm>
#include <string>
#include <utility>

#include "kernel/http/server.hpp"

namespace kavro::http {

namespace {

constexpr int kLooksPerTimeout = 8;
constexpr std::chrono::milliseconds kLookEveryMax{100};
// A call is to blame when it was seen this often in a row, so that a process that was stopped as a whole (a debugger, a
// suspended machine) blames nobody when it goes on.
constexpr int kLooksToBlame = kLooksPerTimeout / 2;

std::string milliseconds(std::chrono::milliseconds time) { return std::to_string(time.count()) + " ms"; }

}  // namespace

void Server::watch() {
  std::unique_lock lock(mutex_);
  while (watching_) {
    changed_.wait_for(lock, std::min(kLookEveryMax, block_timeout_ / kLooksPerTimeout));
    if (!watching_) return;
    const auto now = Reactor::Clock::now();
    // look() may add lanes: those are looked at next time.
    const std::size_t count = lanes_.size();
    for (std::size_t i = 0; i < count && !draining_; ++i) look(*lanes_[i], now);
    lock.unlock();
    shared_.executor.replaceStuck();
    lock.lock();
  }
}

// The mutex is held.
void Server::look(Lane& lane, Reactor::Clock::time_point now) {
  Reactor& reactor = *lane.reactor;
  const ReactorCounters& counters = std::as_const(reactor).counters();
  if (reactor.blocked()) return;
  if (lane.helper) endStandIn(lane);  // it has come back

  const std::int64_t since = counters.busy_since.load(std::memory_order_relaxed);
  const std::uint64_t call = counters.call.load(std::memory_order_relaxed);
  if (since == 0 || call != lane.call) {
    lane.call = call;
    lane.call_seen = now;
    lane.looks = 0;
  }
  ++lane.looks;
  if (since == 0) return;
  // A round of the reactor's may have many calls, of which none is long.
  const auto time = now - std::max(Reactor::Clock::time_point(std::chrono::nanoseconds(since)), lane.call_seen);
  if (time < block_timeout_ || lane.looks < kLooksToBlame) return;

  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(time);
  const std::shared_ptr<PluginCalls> inside = reactor.findInside();
  // In the very call that it has been seen in, and in no other one since.
  const bool guilty = inside && counters.call.load(std::memory_order_relaxed) == lane.call;
  shared_.log.error(guilty ? inside->name() : "http",
                    (guilty ? "it blocks reactor " : "nobody in particular blocks reactor ") +
                        std::to_string(reactor.slot()) + " since " + milliseconds(whole) +
                        "; its connections wait, and another reactor takes new ones");
  reactor.markBlocked(guilty ? inside : nullptr);
  if (guilty) inside->blocked(whole, now);
  lane.helper = findStandIn(lane);
  if (!lane.helper) {
    shared_.log.error("http", "no reactor stands in for it: " + std::to_string(kStandInsMax) +
                                  " do so already, or the system has no thread or descriptor left");
    return;
  }
  lane.helper->base = lane.base;
  lane.helper->accepting = true;
  Reactor* const helper = lane.helper->reactor.get();
  for (const ListeningAddress& address : addresses_) {
    for (Listening& listening : listeningOf(address, lane.base)) {
      helper->execute([helper, listening] { helper->listen(listening); });
    }
  }
}

// One that has nothing to do any more, or a new one.
Server::Lane* Server::findStandIn(const Lane& blocked) {
  std::size_t stand_ins = 0;
  for (const auto& lane : lanes_) {
    if (!lane->stand_in) continue;
    ++stand_ins;
    if (lane.get() != &blocked && !lane->accepting && !lane->reactor->blocked()) return lane.get();
  }
  if (stand_ins >= kStandInsMax) return nullptr;
  try {
    auto lane = std::make_unique<Lane>();
    lane->reactor = std::make_unique<Reactor>(shared_, lanes_.size());
    lane->stand_in = true;
    startLane(*lane);
    lanes_.push_back(std::move(lane));
    return lanes_.back().get();
  } catch (const std::exception&) {
    return nullptr;
  }
}

// Takes no more connections; goes on with those that it has.
void Server::endStandIn(Lane& lane) {
  Lane& helper = *std::exchange(lane.helper, nullptr);
  helper.accepting = false;
  helper.reactor->execute([reactor = helper.reactor.get()] { reactor->unlistenAll(); });
}

}  // namespace kavro::http
