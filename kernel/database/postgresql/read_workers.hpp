// Threads that run reads, each on a session of its own: a statement is a round trip, which no reactor should wait for.
//
// Threads: submit() and addTo() from any; stop() and the destructor from one, never from a read.
// Ownership: owns sessions and threads. `user` stays the caller's until its done was called, exactly once.
// Errors: through done; KAVRO_UNAVAILABLE when too many wait, when the database was away for too long, when stopped.
#pragma once

#include <kavro/abi/database.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "kernel/database/database.hpp"
#include "kernel/database/limited_log.hpp"
#include "kernel/database/postgresql/postgres_session.hpp"

namespace kavro::database::postgresql {

class ReadWorkers {
 public:
  using Clock = std::chrono::steady_clock;
  using Sessions = std::vector<std::unique_ptr<PostgresSession>>;

  struct Limits {
    std::size_t queue_max;
    std::chrono::milliseconds wait_max;  // for a database that is away, from the submission on
  };

  // `log` must outlive it.
  ReadWorkers(Sessions sessions, Limits limits, LimitedLog& log);
  ~ReadWorkers();
  ReadWorkers(const ReadWorkers&) = delete;
  ReadWorkers& operator=(const ReadWorkers&) = delete;

  void submit(kavro_session_fn fn, kavro_done_fn done, void* user);

  // Runs what waits, ends the threads, closes the sessions. May be called again.
  void stop();

  // Fills in the figures about reads.
  void addTo(Statistics& statistics) const;

 private:
  struct Job {
    kavro_session_fn fn;
    kavro_done_fn done;
    void* user;
    Clock::time_point submitted;
  };

  void loop(PostgresSession& session);
  bool take(Job& job);  // waits; false when stopped and nothing is left
  kavro_status run(PostgresSession& session, const Job& job);

  const Limits limits_;
  LimitedLog& log_;
  Sessions sessions_;  // each one of its thread

  mutable std::mutex mutex_;  // protects what follows
  std::condition_variable wake_;
  std::deque<Job> queue_;
  bool stopping_ = false;
  Statistics statistics_;  // only the figures about reads

  std::vector<std::thread> threads_;  // last: start when everything else is there
};

}  // namespace kavro::database::postgresql
