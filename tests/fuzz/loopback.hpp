// A client of a server in this process, for targets that speak to one: bytes out, in pieces, and all that comes back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/http/file_descriptor.hpp"

namespace kavro::fuzz {

class Loopback {
 public:
  // To 127.0.0.1. It is a failure when nobody is there.
  explicit Loopback(std::uint16_t port);

  // As much as the other side takes; it may have closed already.
  void send(std::string_view bytes);
  // No more will be sent.
  void finish();
  // Appends what comes next to `received`. False at the end. A failure when nothing comes for thirty seconds, and when
  // the connection is reset: then an answer may be lost.
  bool receive(std::string& received);

 private:
  http::FileDescriptor socket_;
};

// Where standard error is not to be filled with what a server logs.
void silenceLog();

// A folder for files that need not outlive the process, in memory where there is such a place; removed at exit.
std::string makeFolder();

}  // namespace kavro::fuzz
