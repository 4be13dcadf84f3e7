// What the main thread of a running server waits for: signals, the operator at the control socket, and work that other
// threads leave for it.
//
//   SIGTERM, SIGINT   end it        SIGHUP   reload
//
// Threads: run() the main one; wake() any.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "kernel/http/file_descriptor.hpp"
#include "kernel/server/control_socket.hpp"

namespace kavro::server {

class MainLoop {
 public:
  // Blocks those signals on this thread and all that it starts from now on, and ignores the ones that must not end a
  // server. Make it before any thread.
  MainLoop();

  void wake() const;

  struct Handlers {
    std::function<void()> reload;
    std::function<std::string(std::string_view line)> answer;  // of the control socket
    std::function<void()> tick;                                // after wake(), and at least once every `interval`
  };
  // Until SIGTERM or SIGINT; returns its name. `control` may be null.
  std::string run(ControlSocket* control, const Handlers& handlers, std::chrono::milliseconds interval);

 private:
  http::FileDescriptor signals_{-1};
  http::FileDescriptor wake_{-1};
};

}  // namespace kavro::server
