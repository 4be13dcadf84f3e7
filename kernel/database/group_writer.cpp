#include "kernel/database/group_writer.hpp"

#include <kavro/abi/log.h>
#include <pthread.h>

#include <algorithm>
#include <string>
#include <utility>

namespace kavro::database {

namespace {

constexpr std::string_view kBehindTimeouts = "those before took too long, as if somebody held a lock";

}  // namespace

GroupWriter::GroupWriter(Sessions sessions, Limits limits, LimitedLog& log)
    : limits_(limits), log_(log), sessions_(std::move(sessions)) {
  try {
    for (const std::unique_ptr<WriteSession>& session : sessions_) {
      threads_.emplace_back([this, &session = *session] { loop(session); });
      pthread_setname_np(threads_.back().native_handle(), "kavro-writer");
    }
  } catch (...) {  // those that are there must not outlive it
    stop();
    throw;
  }
}

GroupWriter::~GroupWriter() { stop(); }

void GroupWriter::submit(kavro_session_fn fn, kavro_done_fn done, void* user) {
  enqueue({fn, nullptr, done, user, Clock::now()});
}

void GroupWriter::submit(const kavro_statement& statement, kavro_done_fn done, void* user) {
  enqueue({nullptr, &statement, done, user, Clock::now()});
}

void GroupWriter::enqueue(const Job& job) {
  bool accepted = false;
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    accepted = !stopping_ && queue_.size() < limits_.queue_max;
    if (accepted) {
      queue_.push_back(job);
      wake = sleepers_ > 0;
      if (wake) {
        --sleepers_;
        ++woken_;
      }
    } else {
      ++statistics_.writes_refused;
    }
  }
  if (wake) wake_.notify_one();
  if (!accepted) job.done(job.user, KAVRO_UNAVAILABLE);
}

GroupWriter::Hold::Hold(GroupWriter& writer) : writer_(writer) {
  std::unique_lock lock(writer_.mutex_);
  writer_.held_ = true;
  writer_.turn_.wait(lock, [this] { return writer_.running_ == 0; });
}

GroupWriter::Hold::~Hold() {
  {
    const std::lock_guard lock(writer_.mutex_);
    writer_.held_ = false;
  }
  writer_.turn_.notify_all();
}

GroupWriter::Sessions GroupWriter::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  return std::exchange(sessions_, {});
}

bool GroupWriter::succeeds() const {
  const std::lock_guard lock(mutex_);
  return !failing_;
}

void GroupWriter::addTo(Statistics& statistics) const {
  const std::lock_guard lock(mutex_);
  statistics.writes = statistics_.writes;
  statistics.writes_refused = statistics_.writes_refused;
  statistics.writes_waiting = queue_.size();
  statistics.groups = statistics_.groups;
  statistics.groups_failed = statistics_.groups_failed;
  statistics.largest_group = statistics_.largest_group;
  statistics.group_sizes = statistics_.group_sizes;
  statistics.writes_in_groups = statistics_.writes_in_groups;
}

void GroupWriter::loop(WriteSession& session) {
  std::vector<Job> group;
  group.reserve(std::min<std::size_t>(limits_.group_max, limits_.queue_max));
  while (takeGroup(group)) {
    runGroup(session, group);
    tell(group);
  }
}

bool GroupWriter::takeGroup(std::vector<Job>& group) {
  std::unique_lock lock(mutex_);
  group.clear();
  while (held_ || queue_.empty()) {
    if (held_) {
      turn_.wait(lock, [this] { return !held_; });
      continue;
    }
    if (stopping_) return false;
    ++sleepers_;
    wake_.wait(lock, [this] { return woken_ > 0 || stopping_; });
    if (woken_ > 0) --woken_;
  }
  const std::size_t count = std::min(queue_.size(), limits_.group_max);
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
  group.assign(queue_.begin(), end);
  queue_.erase(queue_.begin(), end);
  ++running_;
  return true;
}

void GroupWriter::runGroup(WriteSession& session, Group group) {
  if (group.size() == 1) return runAlone(session, group.front());
  if (!runOnce(session, group)) runEachAlone(session, group);
}

void GroupWriter::runEachAlone(WriteSession& session, Group group) {
  int timeouts = 0;
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (timeouts == kTimeoutsMax) return refuse(group.subspan(i), KAVRO_UNAVAILABLE, kBehindTimeouts);
    runAlone(session, group[i]);
    if (group[i].status == KAVRO_TIMEOUT) ++timeouts;
  }
}

void GroupWriter::runAlone(WriteSession& session, Job& job) {
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    if (Clock::now() - job.submitted > kWaitMax) return refuse({&job, 1}, KAVRO_UNAVAILABLE, "it waited for too long");
    if (runOnce(session, {&job, 1}) || !session.worthRunningAgain()) return;
  }
}

// One transaction. False when it was ruined and running its functions again can help: each alone, or the one once more.
bool GroupWriter::runOnce(WriteSession& session, Group group) {
  const kavro_status begun = session.begin(group.size(), group.front().submitted + limits_.wait_max);
  if (begun != KAVRO_OK) {
    refuse(group, begun, session.why());
    return true;
  }
  bool any = false;
  std::vector<StatementRun> statements;
  for (Job& job : group) {
    if (job.fn == nullptr) {
      statements.push_back({job.statement});
      continue;
    }
    job.status = session.runFunction(job.fn, job.user);
    any = any || job.status == KAVRO_OK;
    if (!session.intact()) return afterRuin(session, group);
    // The others may be about to wait for the same: each alone they are counted.
    if (job.status == KAVRO_TIMEOUT && group.size() > 1) return afterRuin(session, group);
  }
  if (!any && statements.empty()) {
    session.rollback();
    return true;
  }
  const WriteSession::Commit commit = session.commit(statements);
  auto run = statements.begin();
  for (Job& job : group) {
    if (job.fn == nullptr) job.status = (run++)->status;
  }
  if (commit.status == KAVRO_OK) {
    noteSuccess(group.size());
    return true;
  }
  if (commit.ruined) return afterRuin(session, group);
  const bool alone = group.size() == 1;
  const std::string why(session.why());
  session.rollback();
  if (!alone && commit.status != KAVRO_UNAVAILABLE) return false;
  // Also those that had failed by themselves: what they saw may have been a neighbour's work that is undone now.
  refuse(group, commit.status, why);
  return !session.worthRunningAgain();
}

bool GroupWriter::afterRuin(WriteSession& session, Group group) {
  if (group.size() == 1) {
    Job& job = group.front();
    if (job.status == KAVRO_OK) job.status = KAVRO_ERROR;  // it ignored that its transaction had gone
    if (session.worthRunningAgain()) job.status = KAVRO_UNAVAILABLE;  // unless another attempt does better
  }
  session.rollback();
  return false;
}

void GroupWriter::refuse(Group group, kavro_status status, std::string_view why) {
  for (Job& job : group) job.status = status;
  std::uint64_t refused = 0;
  {
    const std::lock_guard lock(mutex_);
    ++statistics_.groups_failed;
    if (status == KAVRO_UNAVAILABLE) {
      refused = refused_since_success_ += group.size();
      const Clock::time_point now = Clock::now();
      last_refusal_ = now;
      if (!failing_) came_back_ = now - worked_again_ < kSoon;
      if (failing_ && now - last_reminder_ < kRemindEvery) return;
      failing_ = true;
      last_reminder_ = now;
    }
  }
  if (status == KAVRO_UNAVAILABLE) {
    log_.writeAlways(KAVRO_LOG_ERROR,
                     "writes fail: " + std::string(why) + "; " + std::to_string(refused) + " refused so far");
  } else {  // this function's own fault: says nothing about the next one
    log_.write(KAVRO_LOG_ERROR, "a write could not be committed: " + std::string(why));
  }
}

void GroupWriter::noteSuccess(std::size_t writes) {
  std::uint64_t refused = 0;
  {
    const std::lock_guard lock(mutex_);
    ++statistics_.groups;
    statistics_.largest_group = std::max<std::uint64_t>(statistics_.largest_group, writes);
    constexpr auto& kBounds = Statistics::kGroupSizeBounds;
    const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), writes);
    ++statistics_.group_sizes[static_cast<std::size_t>(bound - kBounds.begin())];
    statistics_.writes_in_groups += writes;
    if (!failing_) return;
    const Clock::time_point now = Clock::now();
    if (came_back_ && now - last_refusal_ < kCalm) return;
    failing_ = false;
    worked_again_ = now;
    refused = std::exchange(refused_since_success_, 0);
  }
  log_.writeAlways(KAVRO_LOG_INFORMATION, "writes work again; " + std::to_string(refused) + " were refused meanwhile");
}

void GroupWriter::tell(std::span<const Job> group) {
  {
    const std::lock_guard lock(mutex_);
    statistics_.writes += group.size();
    --running_;
    if (held_) turn_.notify_all();
  }
  for (const Job& job : group) {
    try {
      job.done(job.user, job.status);
    } catch (...) {
      log_.write(KAVRO_LOG_ERROR, "a done function of a write threw an exception; it must not");
    }
  }
}

}  // namespace kavro::database
