#include "kernel/http/server.hpp"

#include <algorithm>
#include <utility>

#include "kernel/http/open_files.hpp"

namespace kavro::http {

namespace {

// After the drain's deadline a reactor comes round within a tick, if it comes at all.
constexpr std::chrono::milliseconds kDrainGrace{500};

}  // namespace

Server::Server(const ServerOptions& options, CurrentSite& site, Executor& executor, host::Log& log,
               RequestMetrics* metrics)
    : shared_{options, site, executor, log, metrics},
      base_count_(options.reactors),
      block_timeout_(options.block_timeout) {
  for (std::size_t i = 0; i < base_count_; ++i) {
    auto lane = std::make_unique<Lane>();
    lane->reactor = std::make_unique<Reactor>(shared_, i);
    lane->base = i;
    lanes_.push_back(std::move(lane));
  }
}

Server::~Server() {
  // A start that failed half-way has begun some of them.
  const bool begun = std::any_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->thread.joinable(); });
  if (!begun) return;
  beginDrain(std::chrono::milliseconds(0));
  finishDrain();
}

void Server::inherit(std::vector<InheritedSocket> sockets) { inherited_ = std::move(sockets); }

PreparedListeners Server::prepare(std::vector<ListenTarget> wanted) const {
  return prepareListeners(addresses_, std::move(wanted), inherited_, base_count_, shared_.options.backlog);
}

std::vector<Listening> Server::listeningOf(const ListeningAddress& address, std::size_t base) {
  std::vector<Listening> listening;
  for (const ListeningAddress::Sockets& sockets : address.sockets) {
    const auto& socket = sockets.shared ? sockets.sockets.front() : sockets.sockets[base];
    listening.push_back({address.name, socket, address.target.context, address.target.admin, sockets.shared});
  }
  return listening;
}

void Server::apply(PreparedListeners prepared) {
  const std::lock_guard lock(mutex_);
  for (ListeningAddress& address : prepared.addresses) {
    const bool opened = address.name.empty();
    if (opened) address.name = std::to_string(next_name_++);
    for (const auto& lane : lanes_) {
      Reactor* const reactor = lane->reactor.get();
      if (!lane->accepting) continue;
      if (opened) {
        for (Listening& listening : listeningOf(address, lane->base)) {
          reactor->execute([reactor, listening] { reactor->listen(listening); });
        }
      } else {
        reactor->execute([reactor, name = address.name, context = address.target.context, admin = address.target.admin] {
          reactor->setContext(name, context, admin);
        });
      }
    }
  }
  for (const ListeningAddress& old : addresses_) {
    const bool kept = std::any_of(prepared.addresses.begin(), prepared.addresses.end(),
                                  [&old](const ListeningAddress& address) { return address.name == old.name; });
    if (kept) continue;
    for (const auto& lane : lanes_) {
      Reactor* const reactor = lane->reactor.get();
      reactor->execute([reactor, name = old.name] { reactor->unlisten(name); });
    }
  }
  addresses_ = std::move(prepared.addresses);
}

std::uint16_t Server::listen(const std::string& host, std::uint16_t port, Poco::Net::Context::Ptr context) {
  std::vector<ListenTarget> wanted;
  for (const ListeningAddress& address : addresses_) wanted.push_back(address.target);
  wanted.push_back({host, port, std::move(context), {}, false});
  apply(prepare(std::move(wanted)));
  return addresses_.back().port;
}

// The mutex is held.
void Server::startLane(Lane& lane) {
  lane.thread = std::thread([this, &lane] {
    lane.reactor->run();
    const std::lock_guard lock(mutex_);
    lane.ended = true;
    changed_.notify_all();
  });
}

void Server::start() {
  const std::lock_guard lock(mutex_);
  makeRoom();
  for (const auto& lane : lanes_) startLane(*lane);
  watching_ = true;
  watchdog_ = std::thread([this] { watch(); });
}

// The mutex is held.
void Server::makeRoom() {
  const std::string too_few = makeRoomForConnections(shared_.options.connections_max);
  if (!too_few.empty()) shared_.log.warning("http", too_few);
  shared_.connections_possible.store(connectionsWithin(openFilesMax()), std::memory_order_relaxed);
}

void Server::setOptions(const ServerOptions& options) {
  const std::lock_guard lock(mutex_);
  shared_.options = options;
  block_timeout_ = options.block_timeout;
  makeRoom();
  const auto copy = std::make_shared<const ServerOptions>(options);
  for (const auto& lane : lanes_) {
    lane->reactor->execute([reactor = lane->reactor.get(), copy] { reactor->setOptions(*copy); });
  }
}

bool Server::healthy() const {
  const auto since = Reactor::Clock::now() - kHealthyTime;
  const std::lock_guard lock(mutex_);
  return std::any_of(lanes_.begin(), lanes_.end(), [since](const auto& lane) {
    return lane->reactor->counters().last_round.load(std::memory_order_relaxed) >= ReactorCounters::nanoseconds(since);
  });
}

Server::Statistics Server::statistics() const {
  const auto read = [](const ReactorCounters::Counter& counter) { return counter.load(std::memory_order_relaxed); };
  Statistics sum;
  sum.stuck_workers = shared_.executor.stuck();
  const std::lock_guard lock(mutex_);
  for (const auto& lane : lanes_) {
    const ReactorCounters& counters = std::as_const(*lane->reactor).counters();
    ReactorStatistics one;
    one.connections = read(counters.connections);
    one.running = read(counters.running);
    one.rounds = read(counters.rounds);
    for (std::size_t i = 0; i < one.lag.size(); ++i) one.lag[i] = read(counters.lag[i]);
    one.lag_seconds = static_cast<double>(read(counters.lag_nanoseconds)) / 1e9;
    one.blocked = lane->reactor->blocked();
    one.stand_in = lane->stand_in;
    sum.connections += one.connections;
    sum.running += one.running;
    sum.accepted += read(counters.accepted);
    sum.refused += read(counters.refused);
    sum.evicted += read(counters.evicted);
    sum.accepts_failed += read(counters.accepts_failed);
    sum.too_slow += read(counters.too_slow);
    sum.out_of_memory += read(counters.out_of_memory);
    sum.handshakes_failed += read(counters.handshakes_failed);
    sum.expired += read(counters.expired);
    sum.held += read(counters.held);
    sum.blocked += one.blocked ? 1 : 0;
    sum.stand_ins += one.stand_in ? 1 : 0;
    sum.reactors.push_back(one);
  }
  return sum;
}

void Server::beginDrain(std::chrono::milliseconds patience) {
  const std::lock_guard lock(mutex_);
  draining_ = true;
  drain_deadline_ = Reactor::Clock::now() + patience;
  for (const auto& lane : lanes_) lane->reactor->requestDrain(drain_deadline_);
}

bool Server::ended() const {
  const std::lock_guard lock(mutex_);
  return std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->ended; });
}

std::size_t Server::finishDrain() {
  {
    std::unique_lock lock(mutex_);
    const auto over = [this] {
      return std::all_of(lanes_.begin(), lanes_.end(),
                         [](const auto& lane) { return lane->ended || !lane->thread.joinable(); });
    };
    changed_.wait_until(lock, drain_deadline_ + kDrainGrace, over);
    watching_ = false;
    changed_.notify_all();
  }
  if (watchdog_.joinable()) watchdog_.join();
  std::size_t unanswered = 0;
  const std::lock_guard lock(mutex_);
  for (const auto& lane : lanes_) {
    unanswered += lane->reactor->unanswered();
    if (!lane->thread.joinable()) continue;
    if (lane->ended) {
      lane->thread.join();
      continue;
    }
    // It is in a plugin that does not return. Neither thread nor reactor can be ended; the caller is told.
    lane->thread.detach();
    unanswered += lane->reactor->unanswered() == 0 ? 1 : 0;
  }
  return unanswered > 0 ? unanswered : shared_.executor.stuck();
}

}  // namespace kavro::http
