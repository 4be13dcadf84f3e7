// One thread, one epoll: accepts connections, drives them, runs what others post to it. Never blocks; when a plugin
// makes it, the server's watchdog sees that by counters() and lets another reactor stand in.
//
// A site is let go of only at the end of a round: then no plugin's code of that site is on the reactor's stack, and who
// looks at counters().inside under the mutex sees a plugin that is still there.
//
// Threads: construct, listen and requestDrain from outside; run() is the reactor's thread; post(), execute() and what
// is said to be for any thread, from any. Everything else is the reactor's own.
#pragma once

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <Poco/Net/Context.h>

#include "kernel/host/log.hpp"
#include "kernel/http/address_counts.hpp"
#include "kernel/http/event_source.hpp"
#include "kernel/http/executor.hpp"
#include "kernel/http/listener.hpp"
#include "kernel/http/options.hpp"
#include "kernel/http/reactor_counters.hpp"
#include "kernel/http/request_id.hpp"
#include "kernel/http/seldom.hpp"
#include "kernel/http/site.hpp"

namespace kavro::http {

class Connection;
class Exchange;

class Reactor {
 public:
  using Clock = std::chrono::steady_clock;

  // What all reactors of a server share; outlives them.
  struct Shared {
    ServerOptions options;  // what a reactor begins with
    CurrentSite& site;
    Executor& executor;
    host::Log& log;
    RequestMetrics* metrics = nullptr;
    std::atomic<std::size_t> connections{0};
    std::atomic<std::size_t> connections_possible{SIZE_MAX};  // with the files that may be open
    AddressCounts addresses{};
    std::atomic<std::uint64_t> body_bytes{0};  // that exchanges have counted
    Seldom refused_said{}, failed_said{}, memory_said{}, bodies_said{}, answers_said{};
  };

  // `slot`: its number among the server's reactors, for what is counted per reactor.
  explicit Reactor(Shared& shared, std::size_t slot = 0);
  ~Reactor();

  // Before run(), or on the reactor. The socket listens already.
  void listen(Listening listening);
  // On the reactor: gives new connections another context; or takes in who waits, and listens there no more. When an
  // address of [admin] changes or goes, the connections of [admin] end after their current answer: whom the server
  // believed then it may not believe now.
  void setContext(std::string_view address, Poco::Net::Context::Ptr context, bool admin);
  void unlisten(std::string_view address);
  void unlistenAll();
  void setOptions(const ServerOptions& options);

  void run();
  // Any thread. No new connections; idle ones are closed, the others after their answer. run() returns when the last
  // has ended and every exchange has its answer, or at the deadline.
  void requestDrain(Clock::time_point deadline);
  // Any thread: the exchanges that have no answer, and those that came too late and are still held. After run() has
  // returned nothing is added to them.
  std::size_t unanswered() const;

  // Any thread: call(user) on this reactor, soon, once.
  void post(void (*call)(void*), void* user);
  // The same for a plugin: `calls` (may be null) is its, and `site` keeps it alive until then.
  void post(void (*call)(void*), void* user, std::shared_ptr<const Site> site, PluginCalls* calls,
            std::string_view request_id);
  void execute(std::function<void()> task);
  bool isCurrentThread() const { return pthread_equal(pthread_self(), thread_) != 0; }

  // Any thread, for the watchdog: the plugin that is being called, or null.
  std::shared_ptr<PluginCalls> findInside();
  // Any thread: a plugin (or null: none in particular) has blocked it. Ends when it comes round.
  void markBlocked(std::shared_ptr<PluginCalls> by);
  bool blocked() const { return blocked_.load(std::memory_order_relaxed); }
  const ReactorCounters& counters() const { return counters_; }

  ReactorCounters& counters() { return counters_; }
  std::size_t slot() const { return slot_; }
  std::chrono::nanoseconds& innerTime() { return inner_time_; }  // PluginCall's
  bool timeThisOne() { return ++timed_next_ % PluginCalls::kTimedEvery == 0; }

  Shared& shared() { return shared_; }
  const ServerOptions& options() const { return options_; }
  Clock::time_point now() const { return now_; }
  std::string_view date();  // for the Date field, of this second
  bool draining() const { return draining_; }
  const std::shared_ptr<const Site>& site();
  void retire(std::shared_ptr<const Site>&& site);
  void writeRequestId(char (&id)[16]);

  // A buffer to read into; what is left in it is the reader's to keep elsewhere.
  static constexpr std::size_t kReadBufferBytes = 64 * 1024;
  char* readBuffer() { return read_buffer_.get(); }

  // Connections.
  void watch(int fd, std::uint32_t events, EventSource& source);
  void unwatch(int fd);
  // A connection's large answers take another amount of memory.
  void countOutput(std::size_t before, std::size_t now) { output_bytes_ += now - before; }
  // Those that take their answers for longest, until the others have room; never `latest`, which is no slower than any.
  void closeSlowest(const Connection& latest);
  bool full() const;
  // Closes connections that have been idle for longest, here, so that others can be let in. False: there are none.
  bool makeRoom();
  // How many requests a connection may have answered before others get their turn: the fewer, the more of them have
  // pipelined ones waiting, so that a client with one request does not wait for all of theirs.
  std::size_t requestsInATurn() const {
    return std::max<std::size_t>(4, 512 / (1 + std::max(drive_later_.size(), driven_.size())));
  }
  // Says, now and then, that no connection can be accepted.
  void cannotAccept(std::string_view why);
  // Says, now and then, that something was given up for want of memory, and counts it.
  void ranOutOfMemory() noexcept;
  void add(std::unique_ptr<Connection> connection);
  void remove(Connection& connection) noexcept;  // deleted after this round
  void driveLater(Connection& connection);       // another turn in the next round
  std::unique_ptr<Exchange> takeExchange();      // lent
  void giveBack(std::unique_ptr<Exchange> exchange);
  // An exchange that runs and whose connection has gone: owns itself, but its time is still watched.
  void addOrphan(Exchange& exchange) noexcept { orphans_.push_back(&exchange); }
  // Exchanges tell of themselves, so that there is always room to keep them.
  void exchangeMade();
  void exchangeGone() noexcept { --exchanges_; }
  void removeOrphan(Exchange& exchange) { std::erase(orphans_, &exchange); }

 private:
  void sayWhyClosed(std::uint64_t share);
  class Waker;

  void tick();
  void retireAdmin();
  void runTasks();
  void runPosted();
  void beginDrain();
  bool finished();
  void letGo();
  void comeBack();

  Shared& shared_;
  const std::size_t slot_;
  ServerOptions options_;
  ReactorCounters counters_;
  int epoll_ = -1;
  pthread_t thread_{};
  Clock::time_point now_;
  Clock::time_point next_tick_;
  std::unique_ptr<char[]> read_buffer_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unique_ptr<Waker> waker_;
  std::vector<Exchange*> orphans_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::size_t output_bytes_ = 0;  // of their large answers
  std::vector<std::unique_ptr<Connection>> removed_;
  std::vector<Connection*> drive_later_;
  std::vector<Connection*> driven_;  // swapped with drive_later_ while they are driven
  std::size_t exchanges_ = 0;  // that there are, wherever
  std::vector<std::unique_ptr<Exchange>> spare_exchanges_;
  std::vector<std::unique_ptr<Exchange>> surplus_exchanges_;  // freed a tick later; see giveBack()
  std::shared_ptr<const Site> site_;
  std::uint64_t site_version_ = 0;
  std::vector<std::shared_ptr<const Site>> retired_;  // emptied under the mutex, at the end of a round
  std::chrono::nanoseconds inner_time_{0};
  unsigned timed_next_ = 0;
  bool draining_ = false;
  bool room_looked_for_ = false;  // in this tick
  std::time_t date_second_ = 0;
  std::string date_;
  std::uint32_t request_id_base_ = 0;
  std::uint32_t request_id_next_ = 0;

  struct Posted {
    void (*call)(void*);
    void* user;
    std::shared_ptr<const Site> site;  // null: the kernel's own
    PluginCalls* calls = nullptr;
    RequestId request_id;
  };
  void runForPlugin(const Posted& posted);

  std::mutex mutex_;  // protects what follows
  std::vector<Posted> posted_;
  std::vector<std::function<void()>> tasks_;
  Clock::time_point drain_deadline_;
  std::shared_ptr<PluginCalls> blocked_by_;

  std::vector<Posted> running_posts_;  // swapped with posted_ while they run
  std::vector<std::function<void()>> running_tasks_;
  std::atomic<bool> woken_{false};
  std::atomic<bool> blocked_{false};
  Clock::time_point blocked_since_;
};

}  // namespace kavro::http
