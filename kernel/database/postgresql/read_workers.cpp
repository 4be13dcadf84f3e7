#include "kernel/database/postgresql/read_workers.hpp"

#include <kavro/abi/log.h>
#include <pthread.h>

#include <exception>
#include <string>
#include <utility>

namespace kavro::database::postgresql {

ReadWorkers::ReadWorkers(Sessions sessions, Limits limits, LimitedLog& log)
    : limits_(limits), log_(log), sessions_(std::move(sessions)) {
  try {
    for (const std::unique_ptr<PostgresSession>& session : sessions_) {
      threads_.emplace_back([this, &session = *session] { loop(session); });
      pthread_setname_np(threads_.back().native_handle(), "kavro-reader");
    }
  } catch (...) {  // those that are there must not outlive it
    stop();
    throw;
  }
}

ReadWorkers::~ReadWorkers() { stop(); }

void ReadWorkers::submit(kavro_session_fn fn, kavro_done_fn done, void* user) {
  bool accepted = false;
  {
    const std::lock_guard lock(mutex_);
    accepted = !stopping_ && queue_.size() < limits_.queue_max;
    if (accepted) {
      queue_.push_back({fn, done, user, Clock::now()});
    } else {
      ++statistics_.reads_refused;
    }
  }
  if (accepted) {
    wake_.notify_one();
  } else {
    done(user, KAVRO_UNAVAILABLE);
  }
}

void ReadWorkers::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  sessions_.clear();
}

void ReadWorkers::addTo(Statistics& statistics) const {
  const std::lock_guard lock(mutex_);
  statistics.reads = statistics_.reads;
  statistics.reads_refused = statistics_.reads_refused;
  statistics.reads_waiting = queue_.size();
  statistics.read_sessions = threads_.size();
}

void ReadWorkers::loop(PostgresSession& session) {
  Job job{};
  while (take(job)) {
    const kavro_status status = run(session, job);
    try {
      job.done(job.user, status);
    } catch (...) {
      log_.write(KAVRO_LOG_ERROR, "a done function of a read threw an exception; it must not");
    }
  }
}

bool ReadWorkers::take(Job& job) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  if (queue_.empty()) return false;
  job = queue_.front();
  queue_.pop_front();
  ++statistics_.reads;
  return true;
}

kavro_status ReadWorkers::run(PostgresSession& session, const Job& job) {
  try {
    return session.runRead(job.fn, job.user, job.submitted + limits_.wait_max);
  } catch (const std::exception& error) {  // another server answers there now, and it is of no use
    log_.write(KAVRO_LOG_ERROR, error.what());
    return KAVRO_UNAVAILABLE;
  }
}

}  // namespace kavro::database::postgresql
