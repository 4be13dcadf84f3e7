// A server under faults, one call after the other: what a test says about every point of the way.
//
// Threads: one. Errors: gtest failures that name the point; at most kFailuresMax of them, then the walk gives up.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/faults/faults.hpp"
#include "tests/faults/point.hpp"
#include "tests/faults/promises.hpp"
#include "tests/scenarios/server.hpp"

namespace kavro::testing {

// What the walks change of an installation: cheap passwords, and time-outs below the client's patience.
Options underFaults(Options options, const Faults& faults);
// On either stack, plain HTTP.
Options walkOptions();

// Entries of /proc/PID/fd.
size_t openDescriptors(pid_t process);

// Waits until /readyz answers with this status; false when it does not come to it.
bool readinessBecomes(Client& client, int status);

// Asks the server to read its configuration again, over its control socket. Its answer; empty when there was none.
std::string reloadByControl(const Server& server);

class Walk {
 public:
  static constexpr int kFailuresMax = 12;

  explicit Walk(Options options = walkOptions());

  // Round after round while the n-th call of these classes fails, until a round has fewer.
  void throughRequests(const std::string& name, Faults::Plan plan, std::uint64_t dense);
  // The same with reloads, each of which makes an instance anew.
  void throughReloads(const std::string& name, Faults::Plan plan, std::uint64_t dense);
  // Stops the server while the n-th call fails, and starts it again.
  void throughStops(const std::string& name, Faults::Plan plan, std::uint64_t dense);

  // At the end: nothing leaks, and after kill -9 and a restart all that was answered is true.
  void expectPromisesKept();

  Server& server() { return *server_; }
  Faults& faults() { return faults_; }
  Promises& promises() { return *promises_; }

 private:
  using Step = void (Walk::*)(const std::string& at);
  void walk(const std::string& name, Faults::Plan plan, std::uint64_t dense, Step step);
  void requestStep(const std::string& at);
  void reloadStep(const std::string& at);
  void stopStep(const std::string& at);
  // The server has to be there and to serve, and gets a successor when it is not.
  void expectService(const std::string& at);
  void report(const std::string& at, const std::string& what);

  Faults faults_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Promises> promises_;
  size_t descriptors_ = 0;
  int reloads_ = 0;
  int failures_ = 0;
};

}  // namespace kavro::testing
