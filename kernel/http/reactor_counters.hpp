// What a reactor counts about itself, and how others see whether it still goes round.
// Threads: written by the reactor alone, with relaxed stores into cache lines of its own; read by any.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace kavro::http {

class PluginCalls;

struct alignas(64) ReactorCounters {
  using Counter = std::atomic<std::uint64_t>;
  using Clock = std::chrono::steady_clock;

  // Upper bounds of `lag`, in seconds; one more takes what is above the last.
  static constexpr std::array<double, 10> kLagBounds = {0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5};

  Counter connections{0};        // open now
  Counter running{0};            // requests that have no answer yet
  Counter held{0};               // expired exchanges that a plugin has not given back
  Counter accepted{0};           // connections
  Counter refused{0};            // of those, closed at once: their address had too many
  Counter evicted{0};            // of those, closed while idle: others wanted in
  Counter accepts_failed{0};     // times that none could be accepted: no descriptors, no memory
  Counter too_slow{0};           // connections whose client has missed a deadline, idle ones aside
  Counter out_of_memory{0};      // connections and requests that were given up for want of memory
  Counter handshakes_failed{0};  // of TLS
  Counter expired{0};            // requests that a plugin did not answer in time
  Counter rounds{0};
  std::array<Counter, kLagBounds.size() + 1> lag{};  // how long a round took, from events to the next wait
  Counter lag_nanoseconds{0};

  // When the present round began and the last one ended, in nanoseconds of Clock. busy_since 0: it waits for events.
  std::atomic<std::int64_t> busy_since{0};
  std::atomic<std::int64_t> last_round{0};
  // The plugin that is being called, and the number of the call.
  std::atomic<PluginCalls*> inside{nullptr};
  Counter call{0};

  static void add(Counter& counter, std::uint64_t amount = 1) {
    counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  static void subtract(Counter& counter) {
    counter.store(counter.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
  }
  static std::int64_t nanoseconds(Clock::time_point time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  }

  void beginRound(Clock::time_point now) { busy_since.store(nanoseconds(now), std::memory_order_relaxed); }
  void endRound(Clock::time_point now) {
    const std::int64_t end = nanoseconds(now);
    const std::int64_t begin = busy_since.load(std::memory_order_relaxed);
    busy_since.store(0, std::memory_order_relaxed);
    last_round.store(end, std::memory_order_relaxed);
    if (begin == 0) return;
    add(rounds);
    std::size_t bucket = 0;
    while (bucket < kLagBounds.size() && static_cast<double>(end - begin) > kLagBounds[bucket] * 1e9) ++bucket;
    add(lag[bucket]);
    add(lag_nanoseconds, static_cast<std::uint64_t>(end - begin));
  }
};

}  // namespace kavro::http
