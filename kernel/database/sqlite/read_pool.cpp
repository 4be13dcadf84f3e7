#include "kernel/database/sqlite/read_pool.hpp"

#include <kavro/abi/log.h>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace kavro::database::sqlite {

ReadPool::ReadPool(Open open, std::size_t sessions_max, std::chrono::milliseconds wait, LimitedLog& log)
    : open_(std::move(open)), sessions_max_(sessions_max), wait_(wait), log_(log) {
  free_.reserve(sessions_max_);
  free_.push_back({open_(), std::thread::id()});
  sessions_ = 1;
}

std::unique_ptr<SqliteSession> ReadPool::take() {
  std::unique_lock lock(mutex_);
  if (!closed_ && free_.empty() && sessions_ >= sessions_max_) {
    given_.wait_for(lock, wait_, [this] { return closed_ || !free_.empty(); });
  }
  if (!closed_ && !free_.empty()) {
    ++reads_;
    return takeFree();
  }
  if (!closed_ && sessions_ < sessions_max_) {
    ++sessions_;
    ++reads_;
    lock.unlock();
    return openAnother();
  }
  ++refused_;
  const bool closed = closed_;
  lock.unlock();
  if (!closed)
    log_.write(KAVRO_LOG_WARNING, "a read was refused: all " + std::to_string(sessions_max_) +
                                      " read sessions were in use for " + std::to_string(wait_.count()) + " ms");
  return nullptr;
}

std::unique_ptr<SqliteSession> ReadPool::takeFree() {
  const auto mine = std::find_if(free_.rbegin(), free_.rend(), [self = std::this_thread::get_id()](const Free& entry) {
    return entry.last_thread == self;
  });
  if (mine != free_.rend()) std::swap(*mine, free_.back());
  std::unique_ptr<SqliteSession> session = std::move(free_.back().session);
  free_.pop_back();
  return session;
}

std::unique_ptr<SqliteSession> ReadPool::openAnother() {
  std::string why;
  try {
    return open_();
  } catch (const std::exception& error) {
    why = error.what();
  }
  {
    const std::lock_guard lock(mutex_);
    --sessions_;
    --reads_;
    ++refused_;
  }
  given_.notify_all();
  log_.write(KAVRO_LOG_WARNING, "a read was refused: " + why);
  return nullptr;
}

void ReadPool::give(std::unique_ptr<SqliteSession> session) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    wake = free_.empty() || closed_;
    free_.push_back({std::move(session), std::this_thread::get_id()});
  }
  if (wake) given_.notify_all();
}

void ReadPool::close() {
  std::vector<Free> closing;
  {
    std::unique_lock lock(mutex_);
    closed_ = true;
    given_.notify_all();
    given_.wait(lock, [this] { return free_.size() == sessions_; });
    closing.swap(free_);
    sessions_ = 0;
  }
}

void ReadPool::addTo(Statistics& statistics) const {
  const std::lock_guard lock(mutex_);
  statistics.reads = reads_;
  statistics.reads_refused = refused_;
  statistics.read_sessions = sessions_;
}

}  // namespace kavro::database::sqlite
