// Group commit: writes that wait are run as one transaction by one thread, committed once, and then told.
//
// Threads: submit() and statistics() from any; stop() and the destructor from one thread, never from a job.
// Ownership: owns the session and the thread. `user` stays the caller's until its done was called, exactly once.
// Errors: through done. A function that fails is undone alone. When the transaction cannot begin or commit because the
//   database is full, locked or away, every function of the group is KAVRO_UNAVAILABLE; the reason is logged when it
//   first happens, then every kRemindEvery, and so is the first success after it. When one function ruins the whole
//   transaction, every function of the group is run again in a transaction of its own.
#pragma once

#include <kavro/abi/database.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "kernel/database/database.hpp"
#include "kernel/database/limited_log.hpp"
#include "kernel/database/session.hpp"

namespace kavro::database {

class GroupWriter {
 public:
  static constexpr std::chrono::seconds kRemindEvery{30};

  struct Limits {
    std::size_t group_max;  // at least 1
    std::size_t queue_max;  // at least 1
  };

  // `log` must outlive the writer.
  GroupWriter(std::unique_ptr<WriteSession> session, Limits limits, LimitedLog& log);
  ~GroupWriter();

  GroupWriter(const GroupWriter&) = delete;
  GroupWriter& operator=(const GroupWriter&) = delete;

  // Full or stopped: done(user, KAVRO_UNAVAILABLE) before it returns.
  void submit(kavro_session_fn fn, kavro_done_fn done, void* user);

  // Runs what waits, ends the thread and gives the session back; null when called again.
  std::unique_ptr<WriteSession> stop();

  // Fills in the figures about writes.
  void addTo(Statistics& statistics) const;

 private:
  struct Job {
    kavro_session_fn fn;
    kavro_done_fn done;
    void* user;
    kavro_status status;
  };

  void loop();
  bool takeGroup(std::vector<Job>& group);  // waits; false when stopped and nothing is left
  void runGroup(std::span<Job> group);
  void runEachAlone(std::span<Job> group);
  void refuse(std::span<Job> group, kavro_status status, std::string_view why);
  void noteSuccess(std::size_t writes);
  void tell(std::span<const Job> group);

  const Limits limits_;
  LimitedLog& log_;
  std::unique_ptr<WriteSession> session_;  // the writer thread's, until it has ended

  // The writer thread's own.
  bool failing_ = false;
  std::uint64_t refused_since_success_ = 0;
  std::chrono::steady_clock::time_point last_reminder_{};

  mutable std::mutex mutex_;  // protects what follows
  std::condition_variable wake_;
  std::deque<Job> queue_;
  bool idle_ = false;  // the writer sleeps; whoever sets it to false wakes it
  bool stopping_ = false;
  Statistics statistics_;  // only the figures about writes

  std::thread thread_;  // last: starts when everything else is there
};

}  // namespace kavro::database
