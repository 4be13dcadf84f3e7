// The real server, started as an operator would: `kavro run -c FILE` on a free port with a folder of its own.
//
//   Server server;                                    // all eight plugins, TLS
//   Client client(server);
//   const std::string token = client.registerUser("alice");
//   EXPECT_EQ(200, client.bearer(token).get("/auth/me").status);
//   EXPECT_EQ(0, server.stop());
//
// A test that fails prints the server's log. Whatever happens, the process ends with the object.
// Threads: one (clients are made per thread). Errors: std::runtime_error with the log when it does not start or stop
// within kPatience.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/scenarios/client.hpp"
#include "tests/scenarios/installation.hpp"
#include "tests/scenarios/raw_connection.hpp"
#include "tests/services/process.hpp"

namespace kavro::testing {

class Server {
 public:
  // kAndWait: returns when it listens. kInBackground: waitUntilListening() comes before anything else.
  enum class Start { kAndWait, kInBackground };
  explicit Server(Options options = {}, Start start = Start::kAndWait);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void waitUntilListening();
  // SIGTERM, and wait: the exit status.
  int stop();
  // SIGKILL, and wait.
  void kill9();
  // Starts again with the same folder, on another port. Stops it first, in order, if it runs.
  void restart();
  // The same when it has ended, however.
  void startAgain();

  bool isTls() const { return installation_.options().transport == Transport::kTls; }
  std::uint16_t port() const { return port_; }
  std::string url() const;  // "https://127.0.0.1:40123"
  Process& process() { return *process_; }
  Installation& installation() { return installation_; }
  const Installation& installation() const { return installation_; }
  // Where a Client or a RawConnection connects to.
  Endpoint endpoint() const;

  // All that this and every earlier process wrote to stderr, and to stdout.
  std::string log() const;
  std::string output() const;
  // The last few lines of the log.
  std::string lastLines() const;

 private:
  void startProcess();
  [[noreturn]] void fail(const std::string& why);

  Installation installation_;
  std::string earlier_log_, earlier_output_;
  std::unique_ptr<Process> process_;
  std::uint16_t port_ = 0;
};

}  // namespace kavro::testing
