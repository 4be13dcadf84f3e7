// One thread, one epoll: accepts connections, drives them, runs what others post to it. Never blocks.
//
// Threads: construct, listen and requestDrain from outside; run() is the reactor's thread; post() from any. Everything
// else is the reactor's own.
#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <Poco/Net/Context.h>
#include <Poco/Net/ServerSocket.h>

#include "kernel/host/log.hpp"
#include "kernel/http/executor.hpp"
#include "kernel/http/options.hpp"
#include "kernel/http/site.hpp"

namespace kavro::http {

class Connection;
class Exchange;

// Something epoll reports about.
class EventSource {
 public:
  virtual ~EventSource() = default;
  virtual void onEvents(std::uint32_t events) = 0;
};

class Reactor {
 public:
  using Clock = std::chrono::steady_clock;

  // What all reactors of a server share; outlives them.
  struct Shared {
    const ServerOptions& options;
    CurrentSite& site;
    Executor& executor;
    host::Log& log;
    std::atomic<std::size_t> connections{0};
  };

  explicit Reactor(Shared& shared);
  ~Reactor();

  // Before run(). `context` is null for plain HTTP. The socket listens already.
  void listen(Poco::Net::ServerSocket socket, Poco::Net::Context::Ptr context);

  void run();
  // Any thread. No new connections; idle ones are closed, the others after their answer. run() returns when the last
  // has ended and every exchange has its answer, or at the deadline.
  void requestDrain(Clock::time_point deadline);
  // After run() has returned: the exchanges that never got their answer.
  std::size_t unanswered() const { return running_; }

  // Any thread: call(user) on this reactor, soon, once.
  void post(void (*call)(void*), void* user);
  bool isCurrentThread() const { return pthread_equal(pthread_self(), thread_) != 0; }

  Shared& shared() { return shared_; }
  const ServerOptions& options() const { return shared_.options; }
  Clock::time_point now() const { return now_; }
  std::string_view date();  // for the Date field, of this second
  bool draining() const { return draining_; }
  const std::shared_ptr<const Site>& site();
  void writeRequestId(char (&id)[16]);

  // A buffer to read into; what is left in it is the reader's to keep elsewhere.
  static constexpr std::size_t kReadBufferBytes = 64 * 1024;
  char* readBuffer() { return read_buffer_.get(); }

  // Connections.
  void watch(int fd, std::uint32_t events, EventSource& source);
  void add(std::unique_ptr<Connection> connection);
  void remove(Connection& connection);           // deleted after this round
  void driveLater(Connection& connection);       // another turn in the next round
  std::unique_ptr<Exchange> takeExchange();      // lent
  void giveBack(std::unique_ptr<Exchange> exchange);
  void countRunning(int change) { running_ += static_cast<std::size_t>(change); }

 private:
  class Listener;
  class Waker;

  void tick();
  void runPosted();
  void beginDrain();
  bool finished();

  Shared& shared_;
  int epoll_ = -1;
  pthread_t thread_{};
  Clock::time_point now_;
  Clock::time_point next_tick_;
  std::unique_ptr<char[]> read_buffer_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unique_ptr<Waker> waker_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> removed_;
  std::vector<Connection*> drive_later_;
  std::vector<std::unique_ptr<Exchange>> spare_exchanges_;
  std::shared_ptr<const Site> site_;
  std::uint64_t site_version_ = 0;
  std::size_t running_ = 0;
  bool draining_ = false;
  std::time_t date_second_ = 0;
  std::string date_;
  std::uint32_t request_id_base_ = 0;
  std::uint32_t request_id_next_ = 0;

  struct Posted {
    void (*call)(void*);
    void* user;
  };
  std::mutex mutex_;  // protects what follows
  std::vector<Posted> posted_;
  Clock::time_point drain_deadline_;

  std::vector<Posted> running_posts_;  // swapped with posted_ while they run
  std::atomic<bool> woken_{false};
};

}  // namespace kavro::http
