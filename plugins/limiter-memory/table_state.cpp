// A table as bytes, for the table that takes its place: the same process, the same monotonic clock, the machine's own
// byte order, and perhaps another build of this plugin.
//
//   bytes         value
//   8             "kavrolm1": what it is, and the format's version
//   16            the secret of the fingerprints
//   8             S, shards of the table: a power of two up to kShardsMax
//   8             N, counters
//   8             M, shards that have shared counters
//   N x 32        a counter: fingerprint (2 x 8), count above 0, end of its window in nanoseconds of the monotonic
//   clock M x 16,392    the shard's number below S, and its kSharedCounters counters: count and end each
#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

#include "counter_table.hpp"
#include "limiter_service.hpp"

namespace kavro::limiter_memory {
namespace {

constexpr std::string_view kVersion = "kavrolm1";
constexpr std::size_t kNumberBytes = sizeof(std::uint64_t);
constexpr std::size_t kHeaderBytes = 8 + sizeof(KeyHasher::Secret) + 3 * kNumberBytes;
constexpr std::size_t kCounterBytes = 4 * kNumberBytes;
constexpr std::size_t kSharedBytes = kNumberBytes + 2 * kNumberBytes * CounterShard::kSharedCounters;

void put(std::string& out, std::uint64_t number) {
  char bytes[kNumberBytes];
  std::memcpy(bytes, &number, sizeof bytes);
  out.append(bytes, sizeof bytes);
}

std::uint64_t nanoseconds(Clock::time_point time) {
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(time.time_since_epoch()).count());
}

// The caller has checked that there are enough bytes.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::string_view take(std::size_t bytes) {
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  // A window that has ended by `now` is as good as none; one that ends later than any could is no window.
  CounterShard::Window window(Clock::time_point now) {
    const std::uint64_t count = number(), end = number();
    if (end > nanoseconds(now + LimiterService::kPeriodMax)) {
      throw std::invalid_argument("the state has a window that ends later than any can");
    }
    const Clock::time_point time{std::chrono::nanoseconds(end)};
    return time > now ? CounterShard::Window{count, time} : CounterShard::Window{};
  }

 private:
  std::string_view rest_;
};

struct Header {
  KeyHasher::Secret secret;
  std::size_t shards, counters, shared;
};

// Throws unless the state is whole: of this version, and exactly as long as it says.
Header readHeader(Reader& reader, std::string_view state) {
  if (!state.starts_with(kVersion)) throw std::invalid_argument("the state is of another version of limiter-memory");
  if (state.size() < kHeaderBytes) throw std::invalid_argument("the state is cut");
  Header header{};
  reader.take(kVersion.size());
  std::memcpy(header.secret.data(), reader.take(header.secret.size()).data(), header.secret.size());
  header.shards = reader.number();
  header.counters = reader.number();
  header.shared = reader.number();
  const std::size_t bytes = state.size() - kHeaderBytes;
  if (!std::has_single_bit(header.shards) || header.shards > CounterTable::kShardsMax ||
      header.shared > header.shards || header.counters > bytes / kCounterBytes ||
      header.counters * kCounterBytes + header.shared * kSharedBytes != bytes) {
    throw std::invalid_argument("the state is cut, or not one of limiter-memory");
  }
  return header;
}

}  // namespace

std::string CounterTable::save(Clock::time_point now) const {
  std::string counters, shared;
  counters.reserve(size() * kCounterBytes + kHeaderBytes);
  std::uint64_t counterCount = 0, sharedCount = 0;
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const std::lock_guard lock(shards_[i]->mutex);
    const CounterShard& shard = shards_[i]->counters;
    shard.visit([&](Fingerprint key, const CounterShard::Window& window) {
      if (window.end <= now) return;
      for (const std::uint64_t number : {key.low, key.high, window.count, nanoseconds(window.end)}) {
        put(counters, number);
      }
      ++counterCount;
    });
    if (shard.shared().empty()) continue;
    put(shared, i);
    for (const CounterShard::Window& window : shard.shared()) {
      put(shared, window.count);
      put(shared, nanoseconds(window.end));
    }
    ++sharedCount;
  }
  std::string header(kVersion);
  header.append(hasher_.secret().begin(), hasher_.secret().end());
  for (const std::uint64_t number : {std::uint64_t{shards_.size()}, counterCount, sharedCount}) put(header, number);
  return counters.insert(0, header).append(shared);
}

void CounterTable::restore(std::string_view state, Clock::time_point now) {
  Reader reader(state);
  const Header header = readHeader(reader, state);
  Shards fresh = makeShards(keysMax_);
  for (std::size_t i = 0; i < header.counters; ++i) {
    const Fingerprint key{reader.number(), reader.number()};
    const CounterShard::Window window = reader.window(now);
    if (window.count > 0) fresh[indexOf(key, fresh.size())]->counters.adopt(key, window);
  }
  // A key's shard is the low bits of one number, in a table of few shards as in one of many: so each new shard takes
  // over the shared counters of all old ones that its keys may have been in.
  const std::size_t mask = std::min(header.shards, fresh.size()) - 1;
  for (std::size_t i = 0; i < header.shared; ++i) {
    const std::size_t old = reader.number();
    if (old >= header.shards) throw std::invalid_argument("the state names a shard that it does not have");
    std::vector<CounterShard::Window> windows;
    windows.reserve(CounterShard::kSharedCounters);
    for (std::size_t j = 0; j < CounterShard::kSharedCounters; ++j) windows.push_back(reader.window(now));
    for (std::size_t index = 0; index < fresh.size(); ++index) {
      if ((index & mask) == (old & mask)) fresh[index]->counters.adoptShared(windows);
    }
  }
  hasher_ = KeyHasher(header.secret);
  shards_.swap(fresh);
}

}  // namespace kavro::limiter_memory
