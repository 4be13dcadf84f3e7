// A private Redis from Debian's packages: its own folder and Unix socket, a free port of 127.0.0.1, a password.
//
// It keeps nothing: a start begins with no keys. It ends with the object, and with the thread that made it.
// Threads: one. Errors: std::runtime_error with the server's log; without the package, with the remedy.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/services/process.hpp"
#include "tests/services/temporary_folder.hpp"

namespace kavro::testing {

// Where a Redis is and how to get in.
struct RedisAddress {
  std::uint16_t port = 0;
  std::string socket;
  std::string password;  // empty: none

  // redis://127.0.0.1:PORT/0, without the password.
  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port) + "/0"; }
  // One command; the answer as text, each element of a list on a line. Throws for an error.
  std::string execute(const std::vector<std::string>& command) const;
};

struct RedisOptions {
  std::string password = "For-Tests-Only-8";
  // Lines of redis.conf, after those of the harness: "maxmemory 4mb".
  std::vector<std::string> settings;
};

class RedisServer {
 public:
  // Starts, and returns when it accepts connections.
  explicit RedisServer(RedisOptions options = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  const RedisAddress& address() const { return address_; }
  std::uint16_t port() const { return address_.port; }
  const std::string& password() const { return address_.password; }
  const std::string& socket() const { return address_.socket; }
  // redis://127.0.0.1:PORT/0
  std::string url() const { return address_.url(); }
  std::string execute(const std::vector<std::string>& command) const { return address_.execute(command); }
  void flush() const { execute({"FLUSHALL"}); }

  void stop();
  void kill9();
  void pause();   // SIGSTOP; returns when it stands still: the system accepts connections, and nothing answers
  void resume();  // SIGCONT
  // On the same port; returns when connections are accepted.
  void start();

  pid_t pid() const { return process_->pid(); }
  std::string log() const;  // of every start

 private:
  bool tryStart();

  RedisOptions options_;
  TemporaryFolder folder_{"redis"};
  RedisAddress address_;
  std::string earlier_log_;
  std::unique_ptr<Process> process_;
};

}  // namespace kavro::testing
