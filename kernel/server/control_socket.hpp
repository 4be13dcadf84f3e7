// The door for the operator of a running server: a Unix socket that only its own user (and root) may open. Each
// connection is one line of JSON each way: {"command":"reload"} -> {"ok":true,...}.
//
// Threads: one. A client that says nothing is waited for kPatience at most.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "kernel/http/file_descriptor.hpp"

namespace kavro::server {

inline constexpr std::size_t kControlLineBytesMax = 64 * 1024;      // of a request
inline constexpr std::size_t kControlAnswerBytesMax = 4 * 1024 * 1024;

class ControlSocket {
 public:
  static constexpr std::chrono::seconds kPatience{2};

  // Makes the socket, mode 0600, in the place of one that a dead server left. Throws std::runtime_error, worded for the
  // operator: another server answers there, there is no such folder, the path is too long.
  explicit ControlSocket(const std::string& path);
  ~ControlSocket();  // removes it
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  int descriptor() const { return socket_.get(); }  // readable: somebody is there
  const std::string& path() const { return path_; }

  // Takes one client, gives its line to `answer` and sends back what that returns.
  void serveOne(const std::function<std::string(std::string_view line)>& answer);

 private:
  const std::string path_;
  http::FileDescriptor socket_;
};

// The other side: sends `line`, returns the answer. Throws std::runtime_error, worded for the operator, when nobody is
// there or does not answer within `patience`.
std::string askServer(const std::string& path, const std::string& line, std::chrono::seconds patience);

}  // namespace kavro::server
