#include "kernel/host/memory_reserve.hpp"

#include <cstdlib>
#include <new>
#include <thread>

namespace kavro::host {

namespace {

using Clock = std::chrono::steady_clock;

// Who is asked by operator new, which passes nothing on.
std::atomic<MemoryReserve*> installed{nullptr};

// When this thread began to wait, and when it last went to ask malloc again: a call so soon after that is about the same
// allocation. (Not after the call before: a thread of a busy machine wakes late, and would wait without end.)
constexpr std::chrono::milliseconds kSame{5};
thread_local Clock::time_point waits_since, went_to_ask;

}  // namespace

MemoryReserve::MemoryReserve() : block_(std::malloc(kBytes)) {
  installed = this;
  std::set_new_handler(&MemoryReserve::onShortage);
}

MemoryReserve::~MemoryReserve() {
  std::set_new_handler(nullptr);
  installed = nullptr;
  std::free(block_.exchange(nullptr));
}

std::uint64_t MemoryReserve::refill() {
  MemoryReserve* const self = installed;
  if (self == nullptr) return 0;
  if (self->block_ == nullptr) self->block_ = std::malloc(kBytes);
  return self->waited_.exchange(0);
}

// Returns when it is worth asking again.
void MemoryReserve::onShortage() {
  MemoryReserve* const self = installed;
  if (self == nullptr) throw std::bad_alloc();
  const Clock::time_point now = Clock::now();
  if (now - went_to_ask > kSame) {
    waits_since = now;
    self->waited_.fetch_add(1, std::memory_order_relaxed);
  }
  if (now - waits_since > kWaitMax) {
    went_to_ask = {};
    throw std::bad_alloc();
  }
  std::free(self->block_.exchange(nullptr));
  if (now != waits_since) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  went_to_ask = Clock::now();
}

}  // namespace kavro::host
