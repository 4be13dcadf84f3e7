// Tells the program that started the server how it is: systemd, or any other that speaks sd_notify(3).
//
//   READY=1                          it serves                                ready()
//   RELOADING=1 MONOTONIC_USEC=...   it reads its configuration again         reloading(), and then ready() again
//   STOPPING=1                       it finishes what runs                    stopping()
//   STATUS=...                       one line for `systemctl status`          with each of them, or status()
//   WATCHDOG=1                       the main loop turns                      alive()
//
// Without $NOTIFY_SOCKET every call does nothing. The environment stays as it is: $WATCHDOG_PID, and the unit's
// NotifyAccess=main, keep children from speaking for the server.
//
// Threads: one. Errors: none, a service manager that does not listen is no reason to stop serving; delivered() tells.
// Source: sd_notify(3), sd_watchdog_enabled(3).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace kavro::host {

class ServiceManager {
 public:
  using Clock = std::chrono::steady_clock;

  // A longer status is cut.
  static constexpr std::size_t kStatusBytesMax = 512;

  // Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID.
  ServiceManager();

  // Whether there is one that listens.
  bool present() const { return present_; }
  // Whether the last call that had something to tell got through.
  bool delivered() const { return delivered_; }

  void ready(std::string_view status);
  void reloading(std::string_view status);
  void stopping(std::string_view status);
  void status(std::string_view status);

  // How often alive() has to be called: half of the time after which the server is taken for dead. None: it is not
  // watched.
  std::optional<std::chrono::microseconds> aliveInterval() const { return alive_interval_; }
  // Call it as often as you like, while all is well; it tells no more than twice in an interval.
  void alive(Clock::time_point now = Clock::now());

 private:
  void tell(const std::string& state);

  bool present_ = false;
  bool delivered_ = false;
  std::optional<std::chrono::microseconds> alive_interval_;
  std::optional<Clock::time_point> alive_at_;  // when that was told last
};

}  // namespace kavro::host
