// Lets system calls of a server fail: the test's side of the shim.
//
//   Faults faults;
//   options.environment = faults.environment();
//   Server server(options);
//   faults.arm({.classes = kFileSync, .first = 1, .error = EIO});
//   ... 503 ...
//   faults.disarm();
//
// Threads: one. Errors: std::runtime_error when the page cannot be made.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tests/faults/shim/control.hpp"
#include "tests/services/temporary_folder.hpp"

namespace kavro::testing {

class Faults {
 public:
  struct Plan {
    std::uint32_t classes = 0;    // faults::Class
    std::uint64_t first = 1;      // the first call that fails, from 1
    std::uint64_t count = 1;      // how many fail; faults::kEver: all that follow
    std::int32_t error = 0;       // an errno, or faults::kShort
    std::uint16_t peer_port = 0;  // sockets: only connections to this port
    std::string path = {};        // files: only paths that contain this, or that end with it before a "$"
  };

  Faults();
  ~Faults();
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

  // For the server. In a build with sanitizers memory does not fail, since it is theirs.
  std::map<std::string, std::string> environment() const;
  // The library, and whether it can be put in front of programs of this build.
  static std::string library();

  void arm(const Plan& plan);
  void disarm();
  // Since it was armed: calls of those classes, and how many of them failed.
  std::uint64_t calls() const { return page_->count; }
  std::uint64_t failed() const { return page_->failed; }
  // The function that failed first.
  std::string where() const {
    std::string name;
    for (const std::atomic<char>& c : page_->where) {
      if (c == 0) break;
      name += c;
    }
    return name;
  }

  // Moves the time of day.
  void moveClock(std::int64_t seconds) { page_->clock_us = seconds * 1'000'000; }

  void trace(bool on) { page_->tracing = on; }
  faults::Control& page() { return *page_; }

 private:
  TemporaryFolder folder_{"faults"};
  std::string file_;
  faults::Control* page_ = nullptr;
};

}  // namespace kavro::testing
