// Wakes the one thread that polls it: an eventfd (eventfd(2)).
// Threads: signal() from any; the rest belongs to the thread that polls.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace kavro::limiter_redis {

class WakeEvent {
 public:
  WakeEvent() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "no eventfd");
  }
  ~WakeEvent() { close(descriptor_); }
  WakeEvent(const WakeEvent&) = delete;
  WakeEvent& operator=(const WakeEvent&) = delete;

  int descriptor() const { return descriptor_; }
  void signal() {
    const std::uint64_t one = 1;
    // It can only fail when it is signalled already.
    [[maybe_unused]] const ssize_t written = write(descriptor_, &one, sizeof one);
  }
  void clear() {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t taken = read(descriptor_, &count, sizeof count);
  }

 private:
  const int descriptor_;
};

}  // namespace kavro::limiter_redis
