#include "redis_client.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <exception>
#include <iterator>
#include <new>
#include <optional>
#include <utility>

#include "hit_answer.hpp"

namespace kavro::limiter_redis {
namespace {

timespec toTimespec(Clock::duration time) {
  const auto positive = std::max(time, Clock::duration::zero());
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(positive);
  return {static_cast<time_t>(whole.count()), static_cast<long>(std::chrono::nanoseconds(positive - whole).count())};
}

}  // namespace

RedisClient::RedisClient(Options options, Fallback& fallback, Counts& counts, OutageLog& log)
    : options_(std::move(options)),
      fallback_(fallback),
      counts_(counts),
      log_(log),
      onReply_([this](void* user, const redisReply& reply) { handleReply(*static_cast<Request*>(user), reply); }) {}

RedisClient::~RedisClient() { stop(); }

void RedisClient::start() {
  // The server's signals are for its main thread, and a lost connection is an error of write(), not a SIGPIPE.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  std::unique_lock lock(mutex_);
  firstAttempt_.wait_for(lock, options_.connectTimeout, [this] { return firstAttemptOver_; });
}

void RedisClient::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.signal();
  thread_.join();
}

RedisClient::Submission RedisClient::submit(std::list<Request>& one) {
  Request& request = one.front();
  const bool isHit = request.kind == Request::Kind::kHit;
  if (isHit && !counts_.up.load(std::memory_order_relaxed)) return Submission::kRefused;  // without the lock
  bool isFirst = false;
  {
    const std::lock_guard lock(mutex_);
    if (!open_) return !isHit && owe(request.key) ? Submission::kOwed : Submission::kRefused;
    // A reset makes room for others, so some more of them are taken.
    if (counts_.waiting >= options_.queueMax + (isHit ? 0 : kOwedResetsMax)) {
      ++counts_.queueFull;
      return Submission::kRefused;
    }
    ++counts_.waiting;
    request.deadline = Clock::now() + options_.timeout;
    request.position = one.begin();
    isFirst = inbox_.empty();
    inbox_.splice(inbox_.end(), one);
  }
  if (isFirst) wake_.signal();
  return Submission::kTaken;
}

bool RedisClient::owe(std::string& key) noexcept {
  if (stopping_) return false;
  try {
    if (owed_.size() < kOwedResetsMax) {
      owed_.insert(std::move(key));
      return true;
    }
  } catch (const std::bad_alloc&) {  // the same as no room
  }
  ++counts_.owedResetsLost;
  return false;
}

void RedisClient::run() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    try {
      step();
    } catch (const std::exception& error) {
      const Failure failure = noConnection(error.what());
      close(&failure);
    }
  }
  close(nullptr);
}

void RedisClient::step() {
  takeInbox();
  if (connection_) connection_->flush();
  const auto now = Clock::now();
  const bool isReadable = poll(now);
  judge(now, isReadable);
}

void RedisClient::takeInbox() {
  auto next = waiting_.end();
  {
    const std::lock_guard lock(mutex_);
    if (inbox_.empty()) return;
    next = inbox_.begin();
    waiting_.splice(waiting_.end(), inbox_);
  }
  const auto now = Clock::now();
  while (next != waiting_.end()) {
    Request& request = *next++;
    if (request.kind == Request::Kind::kReset || request.deadline > now) {
      send(request, Connection::Script::kHash);
      continue;
    }
    // This thread itself was held up: nothing was asked, and Redis is not to blame.
    ++counts_.timeouts;
    Requests late;
    late.splice(late.begin(), waiting_, request.position);
    --counts_.waiting;
    answerByPolicy(request, fallback_, counts_);
  }
}

void RedisClient::send(Request& request, Connection::Script script) {
  request.overdue = Clock::now() + options_.timeout;
  if (request.kind == Request::Kind::kHit) {
    connection_->hit(request.key, request.limit, script, &request);
  } else {
    connection_->reset(request.key, &request);
  }
}

bool RedisClient::poll(Clock::time_point now) {
  std::array<pollfd, 2> entries{pollfd{wake_.descriptor(), POLLIN, 0}, pollfd{-1, 0, 0}};
  if (connection_) entries[1] = {connection_->descriptor(), connection_->events(), 0};
  const timespec patience = toTimespec(nextWake() - now);
  if (ppoll(entries.data(), entries.size(), &patience, nullptr) <= 0) return false;
  if (entries[0].revents != 0) wake_.clear();
  if (entries[1].revents != 0) connection_->handle(entries[1].revents);
  return (entries[1].revents & POLLIN) != 0;
}

Clock::time_point RedisClient::nextWake() const {
  Clock::time_point next = log_.nextReminder();
  if (!connection_) return std::min(next, nextAttempt_);
  if (connection_->state() == Connection::State::kFailed) return Clock::time_point();
  if (connection_->state() == Connection::State::kOpening) return std::min(next, attemptEnd_);
  for (const Request& request : waiting_) {
    next = std::min(next, request.done ? request.deadline : request.overdue);
    if (request.done) break;
  }
  return next;
}

void RedisClient::judge(Clock::time_point looked, bool isReadable) {
  log_.remind(looked);
  if (!connection_) {
    if (looked >= nextAttempt_) connect();
    return;
  }
  switch (connection_->state()) {
    case Connection::State::kFailed: {
      const Failure failure = connection_->failure();
      return close(&failure);
    }
    case Connection::State::kOpening: {
      if (looked < attemptEnd_) return;
      const Failure failure = noAnswer(options_.connectTimeout);
      return close(&failure);
    }
    case Connection::State::kReady:
      if (!isUp_) goUp();
      judgeWaiting(looked, isReadable);
  }
}

void RedisClient::judgeWaiting(Clock::time_point looked, bool isReadable) {
  bool isOverdue = false;
  for (Request& request : waiting_) {
    if (request.done) {
      if (request.deadline > looked) break;
      ++counts_.timeouts;
      if (request.kind == Request::Kind::kHit) {
        answerByPolicy(request, fallback_, counts_);
      } else {
        request.done(request.user, KAVRO_OK, nullptr);  // close() sees to it that it will be true
      }
      request.done = nullptr;
    }
    isOverdue |= request.overdue <= looked;
  }
  if (!isOverdue || isReadable) return;
  const Failure failure = noAnswer(options_.timeout);
  close(&failure);
}

void RedisClient::connect() {
  connection_ = std::make_unique<Connection>(options_.connection, onReply_);
  attemptEnd_ = Clock::now() + options_.connectTimeout;  // resolving a name has its own limit, the system's
}

void RedisClient::goUp() {
  upSince_ = Clock::now();
  isUp_ = true;
  ++counts_.connects;
  log_.back(upSince_);
  for (;;) {
    std::unordered_set<std::string> owed;
    {
      const std::lock_guard lock(mutex_);
      owed.swap(owed_);
      if (owed.empty()) {
        open_ = true;
        counts_.up = true;
        break;
      }
    }
    for (const std::string& key : owed) {
      waiting_.push_back({Request::Kind::kReset, key, {}, nullptr, nullptr, {}, {}, {}});
      ++counts_.waiting;
      Request& request = waiting_.back();
      request.position = std::prev(waiting_.end());
      send(request, Connection::Script::kHash);
      request.overdue = upSince_ + options_.connectTimeout;  // they may be many, and nobody waits for them
    }
  }
  endFirstAttempt();
}

// Without a failure: for good.
void RedisClient::close(const Failure* failure) {
  Requests left, lost;
  std::uint64_t decisionsBefore = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto wasDecided = [](const Request& request) {
      return request.kind == Request::Kind::kHit && !request.done;  // at its deadline, because of this failure
    };
    // Before others see that it is away, and decide.
    decisionsBefore = counts_.policyDecisions -
                      static_cast<std::uint64_t>(std::count_if(waiting_.begin(), waiting_.end(), wasDecided));
    open_ = false;
    counts_.up = false;
    left.splice(left.end(), waiting_);
    left.splice(left.end(), inbox_);
    counts_.waiting -= left.size();
    for (auto next = left.begin(); next != left.end();) {
      const auto request = next++;
      if (request->kind == Request::Kind::kReset && !owe(request->key)) lost.splice(lost.end(), left, request);
    }
  }
  connection_.reset();
  const auto now = Clock::now();
  if (std::exchange(isUp_, false) && now - upSince_ >= kStableAfter) backOff_.reset();
  nextAttempt_ = now + backOff_.next();
  if (failure) log_.away(*failure, now, decisionsBefore);
  for (const Request& request : left) {
    if (!request.done) continue;
    if (request.kind == Request::Kind::kHit) {
      answerByPolicy(request, fallback_, counts_);
    } else {
      request.done(request.user, KAVRO_OK, nullptr);  // owed
    }
  }
  for (const Request& request : lost) {
    if (request.done) request.done(request.user, KAVRO_UNAVAILABLE, nullptr);
  }
  endFirstAttempt();
}

void RedisClient::handleReply(Request& request, const redisReply& reply) {
  if (reply.type == REDIS_REPLY_ERROR) return handleError(request, {reply.str, reply.len});
  if (request.kind == Request::Kind::kReset) {
    if (reply.type != REDIS_REPLY_INTEGER) {
      return connection_->fail(strangeAnswer("it answers DEL with something else than a number"));
    }
    if (request.done) request.done(request.user, KAVRO_OK, nullptr);
    return settle(request);
  }
  const std::optional<Decision> decision = decisionOf(reply, request.limit);
  if (!decision) return connection_->fail(strangeAnswer(kStrangeHitAnswer));
  if (request.done) answer(request, *decision, counts_);
  settle(request);
}

void RedisClient::handleError(Request& request, std::string_view text) {
  if (request.kind == Request::Kind::kHit && !request.scriptSent && text.starts_with("NOSCRIPT")) {
    // Somebody emptied the cache of scripts: the hit was not counted, and the script itself is sent instead, once.
    if (!request.done) return settle(request);
    request.scriptSent = true;
    return send(request, Connection::Script::kText);
  }
  if (auto failure = findFailure(text)) return connection_->fail(std::move(*failure));  // close() answers
  ++counts_.refused;
  log_.refused(text, Clock::now());
  if (request.done && request.kind == Request::Kind::kHit) answerByPolicy(request, fallback_, counts_);
  if (request.done && request.kind == Request::Kind::kReset) request.done(request.user, KAVRO_UNAVAILABLE, nullptr);
  settle(request);
}

void RedisClient::settle(Request& request) {
  waiting_.erase(request.position);
  --counts_.waiting;
}

void RedisClient::endFirstAttempt() {
  {
    const std::lock_guard lock(mutex_);
    if (firstAttemptOver_) return;
    firstAttemptOver_ = true;
  }
  firstAttempt_.notify_all();
}

}  // namespace kavro::limiter_redis
