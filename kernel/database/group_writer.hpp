// Group commit: writes that wait are run as one transaction by one thread, committed once, and then told.
//
// There is one thread for each session it is given: one for a database in a file, several where a statement is a round
// trip over a network.
//
// Threads: submit() and addTo() from any; stop() and the destructor from one thread, never from a job.
// Ownership: owns the sessions and the threads. `user` stays the caller's until its done was called, exactly once.
// Errors: through done. A function that fails is undone alone. When the transaction cannot begin or commit because the
//   database is full, locked or away, every function of the group is KAVRO_UNAVAILABLE; the reason is logged when it
//   first happens, then every kRemindEvery, and so is the first success after it; when it comes back within kSoon, only
//   that nothing failed for kCalm (on a full disk some writes find room and others do not). When one function ruins the
//   whole transaction, every function of the group is run again in a transaction of its own, up to kAttempts times when
//   it fails for no fault of its own. When kTimeoutsMax of them took too long, the others are KAVRO_UNAVAILABLE: they
//   would most likely wait for the same lock, one after the other.
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
  using Sessions = std::vector<std::unique_ptr<WriteSession>>;
  using Clock = std::chrono::steady_clock;

  static constexpr std::chrono::seconds kRemindEvery{30};
  static constexpr std::chrono::seconds kSoon{10};
  static constexpr std::chrono::seconds kCalm{1};
  static constexpr int kAttempts = 5;
  // One may be slow by itself and its neighbours shall not suffer for it; two are a lock that somebody else holds.
  static constexpr int kTimeoutsMax = 2;
  // What has waited for so long, for instance behind others that each ran into a time-out, is not begun any more.
  static constexpr std::chrono::seconds kWaitMax{30};

  struct Limits {
    std::size_t group_max;                 // at least 1
    std::size_t queue_max;                 // at least 1
    std::chrono::milliseconds wait_max{};  // how long after its submission a function waits for a database that is away
  };

  // `sessions` has at least one; `log` must outlive the writer.
  GroupWriter(Sessions sessions, Limits limits, LimitedLog& log);
  ~GroupWriter();

  GroupWriter(const GroupWriter&) = delete;
  GroupWriter& operator=(const GroupWriter&) = delete;

  // Full or stopped: done(user, KAVRO_UNAVAILABLE) before it returns.
  void submit(kavro_session_fn fn, kavro_done_fn done, void* user);
  // The same for one statement, which is borrowed until done.
  void submit(const kavro_statement& statement, kavro_done_fn done, void* user);

  // While one lives no group begins; those that run have ended when it is made. For who needs the database's own lock
  // among writes that follow each other without a pause. One at a time; never from a job.
  class Hold {
   public:
    explicit Hold(GroupWriter& writer);
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    GroupWriter& writer_;
  };

  // Runs what waits, ends the threads and gives the sessions back; none when called again.
  Sessions stop();

  // Whether the last transaction could begin and commit, and those of the last kCalm if they fail again and again.
  bool succeeds() const;

  // Fills in the figures about writes.
  void addTo(Statistics& statistics) const;

 private:
  struct Job {
    kavro_session_fn fn;               // or null, and then:
    const kavro_statement* statement;
    kavro_done_fn done;
    void* user;
    Clock::time_point submitted;
    kavro_status status = KAVRO_ERROR;
  };
  using Group = std::span<Job>;

  void enqueue(const Job& job);
  void loop(WriteSession& session);
  bool takeGroup(std::vector<Job>& group);  // waits; false when stopped and nothing is left
  void runGroup(WriteSession& session, Group group);
  void runEachAlone(WriteSession& session, Group group);
  void runAlone(WriteSession& session, Job& job);
  bool runOnce(WriteSession& session, Group group);
  bool afterRuin(WriteSession& session, Group group);
  void refuse(Group group, kavro_status status, std::string_view why);
  void noteSuccess(std::size_t writes);
  void tell(std::span<const Job> group);

  const Limits limits_;
  LimitedLog& log_;
  Sessions sessions_;  // each one of its thread, until that has ended

  mutable std::mutex mutex_;  // protects what follows
  std::condition_variable wake_;
  std::deque<Job> queue_;
  std::size_t sleepers_ = 0;  // threads that sleep and that nobody has woken yet
  std::size_t woken_ = 0;     // threads that were woken and have not noticed yet
  std::size_t running_ = 0;   // groups that were taken and have not been told
  bool held_ = false;
  std::condition_variable turn_;  // held_ or running_ has changed
  bool stopping_ = false;
  bool failing_ = false;
  std::uint64_t refused_since_success_ = 0;
  Clock::time_point last_reminder_{};
  Clock::time_point last_refusal_{};
  Clock::time_point worked_again_{};
  bool came_back_ = false;  // what fails now had failed just before
  Statistics statistics_;  // only the figures about writes

  std::vector<std::thread> threads_;  // last: start when everything else is there
};

}  // namespace kavro::database
