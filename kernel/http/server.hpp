// The HTTP server: listening sockets, one reactor a core, and a watchdog that looks after them.
//
// Life: construct; prepare() and apply(), or listen() for each address; start(); while it serves setOptions(),
// prepare() and apply() as often as the configuration changes; beginDrain(); finishDrain(); destruct. Threads: one
// thread calls these; healthy(), statistics() and port() any.
//
// A plugin that blocks a reactor for longer than ServerOptions::block_timeout is quarantined, and another reactor
// accepts at the same sockets until the blocked one comes back (kStandInsMax at most).
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <Poco/Net/Context.h>

#include "kernel/http/listening_sockets.hpp"
#include "kernel/http/reactor.hpp"

namespace kavro::http {

class Server {
 public:
  static constexpr std::size_t kStandInsMax = 8;

  struct ReactorStatistics {
    std::uint64_t connections = 0;
    std::uint64_t running = 0;  // requests without their answer
    std::uint64_t rounds = 0;
    std::array<std::uint64_t, ReactorCounters::kLagBounds.size() + 1> lag{};  // rounds by how long they took
    double lag_seconds = 0;                                                   // the sum
    bool blocked = false;
    bool stand_in = false;
  };
  struct Statistics {
    std::vector<ReactorStatistics> reactors;
    std::uint64_t connections = 0;
    std::uint64_t running = 0;
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;         // connections of addresses that had too many
    std::uint64_t evicted = 0;         // idle connections that were closed for others
    std::uint64_t accepts_failed = 0;  // for want of descriptors or memory
    std::uint64_t too_slow = 0;        // connections whose client has missed a deadline
    std::uint64_t out_of_memory = 0;   // connections and requests that were given up
    std::uint64_t handshakes_failed = 0;
    std::uint64_t expired = 0;  // requests that a plugin did not answer in time
    std::uint64_t held = 0;     // of those, the ones that it has not given back
    std::size_t blocked = 0;    // reactors, now
    std::size_t stand_ins = 0;  // reactors that were started because others were blocked
    std::size_t stuck_workers = 0;
  };

  // All outlive the server, but the options, which are copied. `site` has a site published before start(). `metrics`
  // may be null.
  Server(const ServerOptions& options, CurrentSite& site, Executor& executor, host::Log& log,
         RequestMetrics* metrics = nullptr);
  ~Server();

  // Before prepare(): sockets to use instead of binding their addresses.
  void inherit(std::vector<InheritedSocket> sockets);

  // Listens on every address that the hosts name, one socket a reactor (SO_REUSEPORT), so that the kernel spreads
  // connections. What is open already and wanted again stays open. prepare() throws std::runtime_error with the reason
  // and what to do, and nothing has changed; apply() cannot fail. Who waits at a socket that is closed is let in first;
  // a socket that changes to TLS or from it is the same socket.
  PreparedListeners prepare(std::vector<ListenTarget> wanted) const;
  void apply(PreparedListeners prepared);
  // One more address. Returns the port. Throws as prepare().
  std::uint16_t listen(const std::string& host, std::uint16_t port, Poco::Net::Context::Ptr context);
  const std::vector<ListeningAddress>& addresses() const { return addresses_; }

  void start();

  // Each reactor takes them over in its next round; `reactors` and `backlog` are for sockets that are bound later.
  void setOptions(const ServerOptions& options);

  // At least one reactor has come round in the last kHealthyTime.
  static constexpr std::chrono::milliseconds kHealthyTime{1500};
  bool healthy() const;
  Statistics statistics() const;

  // No new connections from now on; what runs may finish, at most for `patience`. Returns at once.
  void beginDrain(std::chrono::milliseconds patience);
  // Waits for it, not much longer than the patience. Returns how many requests have no answer or are still held by a
  // plugin, and one for each thread that a plugin does not let go: while that is not 0, somebody may still call in, and
  // neither server nor plugins nor workers may be stopped or destroyed.
  std::size_t finishDrain();
  // All reactors have come to their end, those too for which finishDrain() did not wait.
  bool ended() const;

 private:
  // A reactor and its thread.
  struct Lane {
    std::unique_ptr<Reactor> reactor;
    std::thread thread;
    std::size_t base = 0;  // whose sockets
    bool stand_in = false;
    bool accepting = true;
    bool ended = false;
    // The watchdog's: the call that the reactor was in, since when, and how often it was seen.
    std::uint64_t call = 0;
    Reactor::Clock::time_point call_seen{};
    int looks = 0;
    Lane* helper = nullptr;  // stands in for it
  };

  static std::vector<Listening> listeningOf(const ListeningAddress& address, std::size_t base);
  void startLane(Lane& lane);
  void makeRoom();
  void watch();
  void look(Lane& lane, Reactor::Clock::time_point now);
  Lane* findStandIn(const Lane& blocked);
  void endStandIn(Lane& lane);

  Reactor::Shared shared_;
  std::vector<InheritedSocket> inherited_;
  std::vector<ListeningAddress> addresses_;  // main's; changed under the mutex, which the watchdog reads it under
  std::size_t next_name_ = 0;
  std::size_t base_count_ = 0;

  mutable std::mutex mutex_;  // protects what follows
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Lane>> lanes_;  // never fewer
  std::chrono::milliseconds block_timeout_;
  Reactor::Clock::time_point drain_deadline_{};
  bool draining_ = false;
  bool watching_ = false;
  std::thread watchdog_;
};

}  // namespace kavro::http
