#include "kernel/database/group_writer.hpp"

#include <kavro/abi/log.h>
#include <pthread.h>

#include <algorithm>
#include <string>

namespace kavro::database {

GroupWriter::GroupWriter(std::unique_ptr<WriteSession> session, Limits limits, LimitedLog& log)
    : limits_(limits), log_(log), session_(std::move(session)), thread_([this] { loop(); }) {
  pthread_setname_np(thread_.native_handle(), "kavro-writer");
}

GroupWriter::~GroupWriter() { stop(); }

void GroupWriter::submit(kavro_session_fn fn, kavro_done_fn done, void* user) {
  bool accepted = false;
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    accepted = !stopping_ && queue_.size() < limits_.queue_max;
    if (accepted) {
      queue_.push_back({fn, done, user, KAVRO_ERROR});
      wake = idle_;
      idle_ = false;
    } else {
      ++statistics_.writes_refused;
    }
  }
  if (wake) wake_.notify_one();
  if (!accepted) done(user, KAVRO_UNAVAILABLE);
}

std::unique_ptr<WriteSession> GroupWriter::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    idle_ = false;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  return std::move(session_);
}

void GroupWriter::addTo(Statistics& statistics) const {
  const std::lock_guard lock(mutex_);
  statistics.writes = statistics_.writes;
  statistics.writes_refused = statistics_.writes_refused;
  statistics.writes_waiting = queue_.size();
  statistics.groups = statistics_.groups;
  statistics.groups_failed = statistics_.groups_failed;
  statistics.largest_group = statistics_.largest_group;
}

void GroupWriter::loop() {
  std::vector<Job> group;
  group.reserve(std::min<std::size_t>(limits_.group_max, limits_.queue_max));
  while (takeGroup(group)) {
    runGroup(group);
    tell(group);
  }
}

bool GroupWriter::takeGroup(std::vector<Job>& group) {
  std::unique_lock lock(mutex_);
  group.clear();
  while (queue_.empty()) {
    if (stopping_) return false;
    idle_ = true;
    wake_.wait(lock, [this] { return !idle_; });
  }
  const std::size_t count = std::min(queue_.size(), limits_.group_max);
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
  group.assign(queue_.begin(), end);
  queue_.erase(queue_.begin(), end);
  return true;
}

void GroupWriter::runGroup(std::span<Job> group) {
  if (const kavro_status status = session_->begin(group.size()); status != KAVRO_OK) {
    refuse(group, status, session_->why());
    return;
  }
  const bool alone = group.size() == 1;
  bool any = false;
  for (Job& job : group) {
    job.status = session_->runFunction(job.fn, job.user);
    any = any || job.status == KAVRO_OK;
    if (!session_->intact()) {
      if (!alone) return runEachAlone(group);
      if (job.status == KAVRO_OK) job.status = KAVRO_ERROR;  // it ignored that its transaction had gone
      return;
    }
  }
  if (!any) {
    session_->rollback();
    return;
  }
  const kavro_status status = session_->commit();
  if (status == KAVRO_OK) {
    noteSuccess(group.size());
    return;
  }
  const std::string why(session_->why());
  session_->rollback();
  if (alone || status == KAVRO_UNAVAILABLE) {
    // Also those that had failed by themselves: what they saw may have been a neighbour's work that is undone now.
    refuse(group, status, why);
  } else {
    runEachAlone(group);
  }
}

void GroupWriter::runEachAlone(std::span<Job> group) {
  for (Job& job : group) runGroup({&job, 1});
}

void GroupWriter::refuse(std::span<Job> group, kavro_status status, std::string_view why) {
  for (Job& job : group) job.status = status;
  {
    const std::lock_guard lock(mutex_);
    ++statistics_.groups_failed;
  }
  if (status != KAVRO_UNAVAILABLE) {  // this function's own fault: says nothing about the next one
    log_.write(KAVRO_LOG_ERROR, "a write could not be committed: " + std::string(why));
    return;
  }
  refused_since_success_ += group.size();
  const auto now = std::chrono::steady_clock::now();
  if (failing_ && now - last_reminder_ < kRemindEvery) return;
  failing_ = true;
  last_reminder_ = now;
  log_.writeAlways(KAVRO_LOG_ERROR, "writes fail: " + std::string(why) + "; " + std::to_string(refused_since_success_) +
                                        " refused so far");
}

void GroupWriter::noteSuccess(std::size_t writes) {
  {
    const std::lock_guard lock(mutex_);
    ++statistics_.groups;
    statistics_.largest_group = std::max<std::uint64_t>(statistics_.largest_group, writes);
  }
  if (!failing_) return;
  failing_ = false;
  log_.writeAlways(KAVRO_LOG_INFORMATION,
                   "writes work again; " + std::to_string(refused_since_success_) + " were refused meanwhile");
  refused_since_success_ = 0;
}

void GroupWriter::tell(std::span<const Job> group) {
  {
    const std::lock_guard lock(mutex_);
    statistics_.writes += group.size();
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
