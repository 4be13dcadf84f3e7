// Memory that is short for a moment ends no request, and not the server.
//
// What asks operator new for memory that is not there waits for it, kWaitMax at most, and finds a reserve given back to
// the heap meanwhile; only then std::bad_alloc is thrown. In nearly every case that is short enough: memory comes back
// as soon as another request ends. C libraries ask malloc and report to their callers; those answer with 503.
//
// The handler that operator new calls is the process's: one MemoryReserve at a time, made before there are threads.
// Threads: made and refill() on the main thread; operator new from any. Errors: none.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kavro::host {

class MemoryReserve {
 public:
  static constexpr std::size_t kBytes = 1024 * 1024;
  // How long an allocation waits: short, because it may be a reactor that waits.
  static constexpr std::chrono::milliseconds kWaitMax{20};

  MemoryReserve();
  ~MemoryReserve();
  MemoryReserve(const MemoryReserve&) = delete;
  MemoryReserve& operator=(const MemoryReserve&) = delete;

  // Now and then, and after a shortage: fills the reserve again when there is memory. How many allocations have had to
  // wait since the last call; 0 when there is no reserve.
  static std::uint64_t refill();

 private:
  static void onShortage();

  std::atomic<void*> block_;
  std::atomic<std::uint64_t> waited_{0};
};

}  // namespace kavro::host
