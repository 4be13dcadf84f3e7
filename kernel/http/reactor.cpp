#include "kernel/http/reactor.hpp"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ctime>
#include <random>
#include <system_error>

#include "kernel/http/connection.hpp"
#include "kernel/http/exchange.hpp"

namespace kavro::http {

namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
constexpr int kEventsMax = 256;
constexpr std::size_t kSpareExchangesMax = 256;

Peer peerOf(const sockaddr_storage& socket_address, const TrustedProxies& trusted) {
  const IpAddress address = IpAddress::of(socket_address);
  IpAddress::Text text;
  const std::uint16_t port = socket_address.ss_family == AF_INET
                                 ? reinterpret_cast<const sockaddr_in&>(socket_address).sin_port
                                 : reinterpret_cast<const sockaddr_in6&>(socket_address).sin6_port;
  return {std::string(address.write(text)), ntohs(port), trusted.contains(address)};
}

}  // namespace

// Accepts. Level-triggered, so that connections left waiting (too many, no descriptors) are seen again.
class Reactor::Listener final : public EventSource {
 public:
  Listener(Reactor& reactor, Poco::Net::ServerSocket socket, Poco::Net::Context::Ptr context)
      : reactor_(reactor), socket_(std::move(socket)), context_(std::move(context)) {
    socket_.setBlocking(false);
    reactor_.watch(socket_.impl()->sockfd(), EPOLLIN, *this);
  }

  void onEvents(std::uint32_t) override { accept(); }

  void accept() {
    for (int i = 0; i < kAcceptsInARow; ++i) {
      if (reactor_.shared_.connections.load(std::memory_order_relaxed) >= reactor_.options().connections_max) {
        return pause();
      }
      sockaddr_storage address{};
      socklen_t size = sizeof address;
      FileDescriptor accepted(::accept4(socket_.impl()->sockfd(), reinterpret_cast<sockaddr*>(&address), &size,
                                        SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!accepted.valid()) {
        const bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        if (exhausted) pause();
        if (errno == ECONNABORTED || errno == EINTR) continue;
        return;
      }
      const int on = 1;
      ::setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      reactor_.add(std::make_unique<Connection>(reactor_, std::move(accepted),
                                                context_ ? context_->sslContext() : nullptr,
                                                peerOf(address, reactor_.options().trusted_proxies)));
    }
  }

  // Not to be asked again until the next tick: what waits stays in the kernel's queue.
  void pause() {
    if (paused_) return;
    paused_ = true;
    epoll_ctl(reactor_.epoll_, EPOLL_CTL_DEL, socket_.impl()->sockfd(), nullptr);
  }
  void resume() {
    if (!paused_) return;
    paused_ = false;
    reactor_.watch(socket_.impl()->sockfd(), EPOLLIN, *this);
  }

 private:
  static constexpr int kAcceptsInARow = 64;

  Reactor& reactor_;
  Poco::Net::ServerSocket socket_;
  Poco::Net::Context::Ptr context_;
  bool paused_ = false;
};

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

Reactor::Reactor(Shared& shared)
    : shared_(shared), now_(Clock::now()), next_tick_(now_), read_buffer_(new char[kReadBufferBytes]) {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  waker_ = std::make_unique<Waker>(*this);
  request_id_base_ = std::random_device{}();
}

Reactor::~Reactor() {
  removed_.clear();
  connections_.clear();
  listeners_.clear();
  waker_.reset();
  ::close(epoll_);
}

void Reactor::listen(Poco::Net::ServerSocket socket, Poco::Net::Context::Ptr context) {
  listeners_.push_back(std::make_unique<Listener>(*this, std::move(socket), std::move(context)));
}

void Reactor::watch(int fd, std::uint32_t events, EventSource& source) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &source;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void Reactor::run() {
  thread_ = pthread_self();
  epoll_event events[kEventsMax];
  while (!finished()) {
    woken_.store(false, std::memory_order_release);
    bool work_waits = !drive_later_.empty();
    {
      const std::lock_guard lock(mutex_);
      work_waits |= !posted_.empty();
    }
    const int timeout = work_waits ? 0 : static_cast<int>(kTick.count());
    const int count = ::epoll_wait(epoll_, events, kEventsMax, timeout);
    woken_.store(true, std::memory_order_release);  // awake: nobody needs to wake us
    now_ = Clock::now();
    for (int i = 0; i < count; ++i) static_cast<EventSource*>(events[i].data.ptr)->onEvents(events[i].events);
    runPosted();
    std::vector<Connection*> again;
    again.swap(drive_later_);
    for (Connection* connection : again) connection->drive();
    if (now_ >= next_tick_) tick();
    removed_.clear();
  }
}

void Reactor::tick() {
  next_tick_ = now_ + kTick;
  for (std::size_t i = 0; i < connections_.size();) {
    Connection* connection = connections_[i].get();
    connection->checkDeadline(now_);
    if (i < connections_.size() && connections_[i].get() == connection) ++i;  // otherwise another took its place
  }
  for (const auto& listener : listeners_) listener->resume();
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
  if (connections_.empty() && running_ == 0) return true;
  const std::lock_guard lock(mutex_);
  return now_ >= drain_deadline_;
}

void Reactor::post(void (*call)(void*), void* user) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back({call, user});
  }
  if (!woken_.exchange(true, std::memory_order_acq_rel)) waker_->wake();
}

void Reactor::runPosted() {
  {
    const std::lock_guard lock(mutex_);
    running_posts_.swap(posted_);
  }
  for (const Posted& posted : running_posts_) posted.call(posted.user);
  running_posts_.clear();
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
    site_ = shared_.site.get();
  }
  return site_;
}

void Reactor::writeRequestId(char (&id)[16]) {
  static constexpr char kHex[] = "0123456789abcdef";
  const std::uint64_t number = (std::uint64_t{request_id_base_} << 32) | request_id_next_++;
  for (int i = 0; i < 16; ++i) id[i] = kHex[(number >> (60 - 4 * i)) & 15];
}

void Reactor::add(std::unique_ptr<Connection> connection) {
  shared_.connections.fetch_add(1, std::memory_order_relaxed);
  connection->index = connections_.size();
  connections_.push_back(std::move(connection));
}

void Reactor::remove(Connection& connection) {
  shared_.connections.fetch_sub(1, std::memory_order_relaxed);
  std::erase(drive_later_, &connection);
  const std::size_t index = connection.index;
  removed_.push_back(std::move(connections_[index]));
  if (index + 1 < connections_.size()) {
    connections_[index] = std::move(connections_.back());
    connections_[index]->index = index;
  }
  connections_.pop_back();
}

void Reactor::driveLater(Connection& connection) { drive_later_.push_back(&connection); }

std::unique_ptr<Exchange> Reactor::takeExchange() {
  if (spare_exchanges_.empty()) return std::make_unique<Exchange>(*this);
  std::unique_ptr<Exchange> exchange = std::move(spare_exchanges_.back());
  spare_exchanges_.pop_back();
  return exchange;
}

void Reactor::giveBack(std::unique_ptr<Exchange> exchange) {
  if (spare_exchanges_.size() >= kSpareExchangesMax) return;
  exchange->reset();
  spare_exchanges_.push_back(std::move(exchange));
}

}  // namespace kavro::http
