#include "kernel/http/reactor.hpp"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

#include "kernel/host/call_context.hpp"
#include "kernel/http/connection.hpp"
#include "kernel/http/exchange.hpp"
#include "kernel/http/open_files.hpp"
#include "kernel/http/plugin_call.hpp"

namespace kavro::http {

namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
constexpr int kEventsMax = 256;
constexpr std::size_t kSpareExchangesMax = 256;
constexpr int kTriesMax = 1000;  // a millisecond each
// Who came in a moment ago may be about to ask something.
constexpr auto kIdleBeforeEviction = std::chrono::seconds(1);
constexpr std::size_t kEvictedMax = 64;  // at once

// Room for so many elements, so that adding them cannot fail.
template <typename T>
void makeSpace(std::vector<T>& list, std::size_t count) {
  if (list.capacity() < count) list.reserve(std::max(count, 2 * list.capacity()));
}

}  // namespace

// Ends epoll_wait when another thread has posted.
class Reactor::Waker final : public EventSource {
 public:
  explicit Waker(Reactor& reactor) : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!event_.valid()) throw std::system_error(errno, std::generic_category(), "eventfd");
    // Each write is an edge of its own, so the count need not be read, which would be one more system call.
    reactor.watch(event_.get(), EPOLLIN | EPOLLET, *this);
  }
  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
  }
  void onEvents(std::uint32_t) override {}

 private:
  FileDescriptor event_;
};

Reactor::Reactor(Shared& shared, std::size_t slot)
    : shared_(shared),
      slot_(slot),
      options_(shared.options),
      now_(Clock::now()),
      next_tick_(now_),
      read_buffer_(new char[kReadBufferBytes]) {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  waker_ = std::make_unique<Waker>(*this);
  request_id_base_ = std::random_device{}();
  spare_exchanges_.reserve(kSpareExchangesMax);
  retired_.reserve(kSpareExchangesMax);
  running_posts_.reserve(kSpareExchangesMax);
  posted_.reserve(kSpareExchangesMax);
}

Reactor::~Reactor() {
  removed_.clear();
  connections_.clear();
  listeners_.clear();
  waker_.reset();
  ::close(epoll_);
}

void Reactor::listen(Listening listening) {
  listeners_.push_back(std::make_unique<Listener>(*this, std::move(listening)));
}

void Reactor::setContext(std::string_view address, Poco::Net::Context::Ptr context, bool admin) {
  bool ended = false;
  for (const auto& listener : listeners_) {
    const Listening& before = listener->listening();
    if (before.address != address) continue;
    ended |= before.admin && (!admin || before.context.get() != context.get());
    listener->setContext(context, admin);
  }
  if (ended) retireAdmin();
}

// Backwards, since one that is closed at once leaves its place to the last.
void Reactor::retireAdmin() {
  for (std::size_t i = connections_.size(); i-- > 0;) {
    if (connections_[i]->peer().admin) connections_[i]->retire();
  }
}

void Reactor::unlisten(std::string_view address) {
  bool ended = false;
  std::erase_if(listeners_, [&](const auto& listener) {
    if (listener->listening().address != address) return false;
    listener->acceptAll();
    ended |= listener->listening().admin;
    return true;
  });
  if (ended) retireAdmin();
}

void Reactor::unlistenAll() { listeners_.clear(); }

void Reactor::setOptions(const ServerOptions& options) {
  options_ = options;
  for (const auto& connection : connections_) connection->reviewPeer();
}

void Reactor::watch(int fd, std::uint32_t events, EventSource& source) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &source;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void Reactor::unwatch(int fd) { epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

void Reactor::run() {
  thread_ = pthread_self();
  epoll_event events[kEventsMax];
  while (!finished()) {
    woken_.store(false, std::memory_order_release);
    bool work_waits = !drive_later_.empty();
    {
      const std::lock_guard lock(mutex_);
      work_waits |= !posted_.empty() || !tasks_.empty();
    }
    const int timeout = work_waits ? 0 : static_cast<int>(kTick.count());
    counters_.endRound(Clock::now());
    const int count = ::epoll_wait(epoll_, events, kEventsMax, timeout);
    woken_.store(true, std::memory_order_release);  // awake: nobody needs to wake us
    now_ = Clock::now();
    counters_.beginRound(now_);
    for (int i = 0; i < count; ++i) static_cast<EventSource*>(events[i].data.ptr)->onEvents(events[i].events);
    runPosted();
    driven_.swap(drive_later_);
    for (Connection* connection : driven_) {
      connection->driven_later = false;
      connection->drive();
    }
    driven_.clear();
    if (now_ >= next_tick_) tick();
    removed_.clear();
    if (!retired_.empty()) letGo();
    if (blocked_.load(std::memory_order_relaxed)) comeBack();
  }
  counters_.endRound(Clock::now());
}

void Reactor::letGo() {
  std::vector<std::shared_ptr<const Site>> gone;
  const std::lock_guard lock(mutex_);
  gone.swap(retired_);
  // The lock goes first, then the sites.
}

void Reactor::comeBack() {
  std::shared_ptr<PluginCalls> by;
  Clock::time_point since;
  {
    const std::lock_guard lock(mutex_);
    by = std::move(blocked_by_);
    blocked_by_.reset();
    since = blocked_since_;
    blocked_.store(false, std::memory_order_relaxed);
  }
  const auto now = Clock::now();
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(now - since);
  shared_.log.warning(by ? by->name() : "http", "reactor " + std::to_string(slot_) +
                                                    " goes on after having been blocked for " +
                                                    std::to_string(time.count()) + " ms");
  if (by) by->unblocked(now);
}

void Reactor::markBlocked(std::shared_ptr<PluginCalls> by) {
  const std::lock_guard lock(mutex_);
  blocked_by_ = std::move(by);
  blocked_since_ = Clock::time_point(std::chrono::nanoseconds(counters_.busy_since.load(std::memory_order_relaxed)));
  if (blocked_since_ == Clock::time_point()) blocked_since_ = Clock::now();
  blocked_.store(true, std::memory_order_relaxed);
}

// The pointer's target is there while the mutex is held: its site is let go of under the mutex, after the call.
std::shared_ptr<PluginCalls> Reactor::findInside() {
  const std::lock_guard lock(mutex_);
  PluginCalls* const inside = counters_.inside.load(std::memory_order_relaxed);
  return inside ? inside->weak_from_this().lock() : nullptr;
}

void Reactor::tick() {
  next_tick_ = now_ + kTick;
  for (std::size_t i = 0; i < connections_.size();) {
    Connection* connection = connections_[i].get();
    connection->checkDeadline(now_);
    if (i < connections_.size() && connections_[i].get() == connection) ++i;  // otherwise another took its place
  }
  try {
    const std::vector<Exchange*> orphans = orphans_;
    for (Exchange* orphan : orphans) Exchange::expireOrphan(*orphan, now_);
  } catch (const std::exception&) {  // they are looked at again at the next tick
    ranOutOfMemory();
  }
  room_looked_for_ = false;
  shared_.connections_possible.store(connectionsWithin(openFilesMax()), std::memory_order_relaxed);
  for (const auto& listener : listeners_) listener->resume();
  site();  // an idle reactor keeps no old generation
  surplus_exchanges_.clear();
}

void Reactor::requestDrain(Clock::time_point deadline) {
  {
    const std::lock_guard lock(mutex_);
    drain_deadline_ = deadline;
  }
  post(
      [](void* user) {
        auto& self = *static_cast<Reactor*>(user);
        if (!self.draining_) self.beginDrain();
      },
      this);
}

void Reactor::beginDrain() {
  draining_ = true;
  for (const auto& listener : listeners_) listener->accept();  // who was let in by the system gets an answer
  listeners_.clear();
  for (std::size_t i = 0; i < connections_.size();) {
    Connection* connection = connections_[i].get();
    connection->beginDrain();
    if (i < connections_.size() && connections_[i].get() == connection) ++i;
  }
}

bool Reactor::finished() {
  if (!draining_) return false;
  if (connections_.empty() && counters_.running.load(std::memory_order_relaxed) == 0) return true;
  const std::lock_guard lock(mutex_);
  return now_ >= drain_deadline_;
}

std::size_t Reactor::unanswered() const {
  return counters_.running.load(std::memory_order_relaxed) + counters_.held.load(std::memory_order_relaxed);
}

void Reactor::post(void (*call)(void*), void* user) { post(call, user, nullptr, nullptr, {}); }

void Reactor::post(void (*call)(void*), void* user, std::shared_ptr<const Site> site, PluginCalls* calls,
                   std::string_view request_id) {
  Posted posted{call, user, std::move(site), calls, RequestId(request_id)};
  // Who posts cannot take back what it has promised, so want of memory is waited out.
  for (int tries = 0;; ++tries) {
    try {
      const std::lock_guard lock(mutex_);
      posted_.push_back(std::move(posted));
      break;
    } catch (const std::bad_alloc&) {
      if (tries == kTriesMax) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (!woken_.exchange(true, std::memory_order_acq_rel)) waker_->wake();
}

void Reactor::execute(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  if (!woken_.exchange(true, std::memory_order_acq_rel)) waker_->wake();
}

void Reactor::runPosted() {
  {
    const std::lock_guard lock(mutex_);
    running_posts_.swap(posted_);
    if (!tasks_.empty()) running_tasks_.swap(tasks_);
  }
  for (Posted& posted : running_posts_) {
    try {
      posted.site ? runForPlugin(posted) : posted.call(posted.user);
    } catch (const std::exception&) {  // in telling what went wrong
      ranOutOfMemory();
    }
    if (posted.site) retire(std::move(posted.site));
  }
  running_posts_.clear();
  if (!running_tasks_.empty()) runTasks();
}

void Reactor::runTasks() {
  for (const auto& task : running_tasks_) {
    for (int tries = 0;; ++tries) {
      try {
        task();
        break;
      } catch (const std::bad_alloc&) {  // a change that other reactors have taken on
        if (tries == kTriesMax) throw;
      } catch (const std::exception& error) {
        shared_.log.error("http", std::string("a reactor could not take on a change: ") + error.what());
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  running_tasks_.clear();
}

void Reactor::runForPlugin(const Posted& posted) {
  const host::CallContext context(posted.request_id.view());
  const PluginCall call(*this, posted.calls, timeThisOne());
  std::string why;
  try {
    return posted.call(posted.user);
  } catch (const std::exception& error) {
    why = error.what();
  } catch (...) {
    why = "one that is no std::exception";
  }
  const std::string owner = posted.calls ? posted.calls->name() : "http";
  shared_.log.error(owner, "what it had posted let an exception out to the kernel: " + why);
  if (posted.calls) posted.calls->countFailure(Clock::now());
}

std::string_view Reactor::date() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME_COARSE, &time);
  if (time.tv_sec != date_second_) {
    date_second_ = time.tv_sec;
    std::tm parts{};
    gmtime_r(&time.tv_sec, &parts);
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char text[64];
    const int length = std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[parts.tm_wday],
                                     parts.tm_mday, kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour,
                                     parts.tm_min, parts.tm_sec);
    date_.assign(text, static_cast<std::size_t>(length));
  }
  return date_;
}

const std::shared_ptr<const Site>& Reactor::site() {
  if (shared_.site.version() != site_version_) {
    site_version_ = shared_.site.version();
    if (site_) retired_.push_back(std::move(site_));
    site_ = shared_.site.get();
  }
  return site_;
}

void Reactor::retire(std::shared_ptr<const Site>&& site) {
  if (site.get() == site_.get()) {
    site.reset();  // not the last
  } else if (site) {
    retired_.push_back(std::move(site));
  }
}

void Reactor::writeRequestId(char (&id)[16]) {
  static constexpr auto kHex = [] {
    std::array<std::array<char, 2>, 256> pairs{};
    for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {"0123456789abcdef"[i >> 4], "0123456789abcdef"[i & 15]};
    return pairs;
  }();
  const std::uint64_t number = (std::uint64_t{request_id_base_} << 32) | request_id_next_++;
  for (std::size_t i = 0; i < 8; ++i) std::memcpy(id + 2 * i, kHex[(number >> (56 - 8 * i)) & 255].data(), 2);
}

bool Reactor::full() const {
  const std::size_t possible = shared_.connections_possible.load(std::memory_order_relaxed);
  return shared_.connections.load(std::memory_order_relaxed) >= std::min(options_.connections_max, possible);
}

// Once a tick at most: it looks at all connections. Which of several reactors has the longest idle one does not matter.
bool Reactor::makeRoom() {
  if (std::exchange(room_looked_for_, true)) return false;
  using Idle = std::pair<Clock::time_point, Connection*>;
  std::array<Idle, kEvictedMax> longest;
  std::size_t count = 0;
  for (const auto& connection : connections_) {
    const auto since = connection->idleSince();
    if (!since || now_ - *since < kIdleBeforeEviction) continue;
    if (count == longest.size()) {
      if (*since >= longest.front().first) continue;
      std::pop_heap(longest.begin(), longest.end());
      --count;
    }
    longest[count++] = {*since, connection.get()};
    std::push_heap(longest.begin(), longest.begin() + static_cast<std::ptrdiff_t>(count));
  }
  for (std::size_t i = 0; i < count; ++i) {
    ReactorCounters::add(counters_.evicted);
    longest[i].second->closeIdle();
  }
  return !full();
}

void Reactor::cannotAccept(std::string_view why) {
  ReactorCounters::add(counters_.accepts_failed);
  if (!shared_.failed_said.due(now_)) return;
  try {
    shared_.log.error("http", "no connection can be accepted at the moment: " + std::string(why) +
                                  "; who connects waits, and those who are connected are served");
  } catch (const std::exception&) {  // it is counted
  }
}

void Reactor::ranOutOfMemory() noexcept {
  ReactorCounters::add(counters_.out_of_memory);
  if (!shared_.memory_said.due(now_)) return;
  try {
    shared_.log.error("http", "there was no memory for a request; its connection is closed");
  } catch (const std::exception&) {  // it is counted
  }
}

// Everything that may have to be noted of a connection gets its room here, so that nothing fails when one ends.
void Reactor::add(std::unique_ptr<Connection> connection) {
  const std::size_t count = connections_.size() + 1;
  makeSpace(connections_, count);
  makeSpace(drive_later_, count);
  makeSpace(driven_, count);
  makeSpace(removed_, removed_.size() + count);
  makeSpace(orphans_, orphans_.size() + count);
  shared_.connections.fetch_add(1, std::memory_order_relaxed);
  ReactorCounters::add(counters_.connections);
  connection->index = connections_.size();
  connections_.push_back(std::move(connection));
}

void Reactor::remove(Connection& connection) noexcept {
  shared_.connections.fetch_sub(1, std::memory_order_relaxed);
  ReactorCounters::subtract(counters_.connections);
  if (connection.driven_later) std::erase(drive_later_, &connection);
  const std::size_t index = connection.index;
  removed_.push_back(std::move(connections_[index]));
  if (index + 1 < connections_.size()) {
    connections_[index] = std::move(connections_.back());
    connections_[index]->index = index;
  }
  connections_.pop_back();
}

// While there are so many, a look at all connections for each that is closed.
void Reactor::closeSlowest(const Connection& latest) {
  const std::uint64_t share = options_.response_memory_max / std::max(1u, options_.reactors);
  while (output_bytes_ > share) {
    Connection* slowest = nullptr;
    std::optional<Clock::time_point> since;
    for (const auto& connection : connections_) {
      const auto begun = connection.get() != &latest ? connection->takesSince() : std::nullopt;
      if (!begun || (since && *begun >= *since)) continue;
      slowest = connection.get();
      since = begun;
    }
    if (slowest == nullptr) return;
    sayWhyClosed(share);
    slowest->closeSlow();
  }
}

void Reactor::sayWhyClosed(std::uint64_t share) {
  if (!shared_.answers_said.due(now_)) return;
  try {
    shared_.log.warning("http", "connections are closed: answers that wait to be taken need " +
                                    std::to_string(output_bytes_) + " bytes, and this reactor's share of [http] " +
                                    "response_memory_max is " + std::to_string(share));
  } catch (const std::exception&) {  // it is counted
  }
}

void Reactor::driveLater(Connection& connection) {
  if (std::exchange(connection.driven_later, true)) return;
  drive_later_.push_back(&connection);
}

void Reactor::exchangeMade() {
  makeSpace(surplus_exchanges_, exchanges_ + 1);
  ++exchanges_;
}

std::unique_ptr<Exchange> Reactor::takeExchange() {
  if (spare_exchanges_.empty()) return std::make_unique<Exchange>(*this);
  std::unique_ptr<Exchange> exchange = std::move(spare_exchanges_.back());
  spare_exchanges_.pop_back();
  exchange->parser().setLimits(options_.limits);
  return exchange;
}

// What is not kept is not freed at once: a worker's handler that has answered may throw after it, and then the worker
// looks at the exchange once more, to see that it is no longer its own.
void Reactor::giveBack(std::unique_ptr<Exchange> exchange) {
  exchange->reset();
  auto& kept = spare_exchanges_.size() < kSpareExchangesMax ? spare_exchanges_ : surplus_exchanges_;
  kept.push_back(std::move(exchange));
}

}  // namespace kavro::http
