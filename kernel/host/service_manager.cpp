#include "kernel/host/service_manager.hpp"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <cstdint>
#include <cstdlib>

namespace kavro::host {

namespace {

// A line break would begin another variable: MAINPID=, for one.
std::string statusLine(std::string_view status) {
  std::string line = "STATUS=" + std::string(status.substr(0, ServiceManager::kStatusBytesMax));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return line;
}

// Of CLOCK_MONOTONIC, by which the manager tells this reload from an earlier one.
std::uint64_t monotonicMicroseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000;
}

}  // namespace

ServiceManager::ServiceManager() {
  const char* socket = std::getenv("NOTIFY_SOCKET");
  present_ = socket != nullptr && *socket != '\0';
  std::uint64_t microseconds = 0;
  if (present_ && ::sd_watchdog_enabled(0, &microseconds) > 0) {
    alive_interval_ = std::chrono::microseconds(microseconds / 2);
  }
}

void ServiceManager::ready(std::string_view status) { tell("READY=1\n" + statusLine(status)); }

void ServiceManager::reloading(std::string_view status) {
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonicMicroseconds()) + '\n' + statusLine(status));
}

void ServiceManager::stopping(std::string_view status) { tell("STOPPING=1\n" + statusLine(status)); }

void ServiceManager::status(std::string_view status) { tell(statusLine(status)); }

void ServiceManager::alive(Clock::time_point now) {
  if (!alive_interval_) return;
  if (alive_at_ && now - *alive_at_ < *alive_interval_ / 2) return;
  alive_at_ = now;
  tell("WATCHDOG=1");
}

void ServiceManager::tell(const std::string& state) {
  if (present_) delivered_ = ::sd_notify(0, state.c_str()) > 0;
}

}  // namespace kavro::host
