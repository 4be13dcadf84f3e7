#include "tests/faults/walk.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>

namespace kavro::testing {
namespace {

using Clock = std::chrono::steady_clock;
// How many more descriptors there may be at the end: sessions of the database that are opened when they are needed.
constexpr size_t kDescriptorsMore = 24;
constexpr int kAttempts = 4;  // a pool of connections may have more than one that is broken

}  // namespace

Options underFaults(Options options, const Faults& faults) {
  options.environment = faults.environment();
  for (const auto& [key, value] : std::map<std::string, std::string>{{"auth.hash_memory", "8MiB"},
                                                                     {"auth.hash_passes", "1"},
                                                                     {"auth.hash_nice", "0"},
                                                                     {"auth.lockout_failures", "1000"},
                                                                     {"keys.devices_max", "1000"},
                                                                     {"server.reactors", "2"},
                                                                     {"database.busy_timeout", "1s"},
                                                                     {"database.statement_timeout", "3s"},
                                                                     {"database.wait_timeout", "2s"}}) {
    options.settings.emplace(key, value);
  }
  return options;
}

Options walkOptions() {
  Options options;
  options.transport = Transport::kPlain;
  return options;
}

size_t openDescriptors(pid_t process) {
  const std::filesystem::directory_iterator entries("/proc/" + std::to_string(process) + "/fd");
  return static_cast<size_t>(std::distance(begin(entries), end(entries)));
}

bool readinessBecomes(Client& client, int status) {
  const Clock::time_point give_up = Clock::now() + kPatience;
  while (client.get("/readyz").status != status) {
    if (Clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

std::string reloadByControl(const Server& server) {
  const std::string path = server.installation().folder() / "control.sock";
  const int connection = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const timeval patience{kPatience.count(), 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string answer;
  if (::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    constexpr char kAsk[] = "{\"command\":\"reload\"}\n";
    if (::send(connection, kAsk, sizeof kAsk - 1, MSG_NOSIGNAL) > 0) {
      char buffer[16384];
      for (ssize_t count; (count = ::recv(connection, buffer, sizeof buffer, 0)) > 0;) {
        answer.append(buffer, static_cast<size_t>(count));
      }
    }
  }
  ::close(connection);
  return answer;
}

Walk::Walk(Options options)
    : server_(std::make_unique<Server>(underFaults(std::move(options), faults_))),
      promises_(std::make_unique<Promises>(*server_)) {
  // What is made when it is first needed is there from now on.
  for (int i = 0; i < 8; ++i) promises_->round();
  descriptors_ = openDescriptors(server_->process().pid());
}

void Walk::report(const std::string& at, const std::string& what) {
  ++failures_;
  ADD_FAILURE() << at << ": " << what;
}

void Walk::throughRequests(const std::string& name, Faults::Plan plan, std::uint64_t dense) {
  walk(name, std::move(plan), dense, &Walk::requestStep);
}
void Walk::throughReloads(const std::string& name, Faults::Plan plan, std::uint64_t dense) {
  walk(name, std::move(plan), dense, &Walk::reloadStep);
}
void Walk::throughStops(const std::string& name, Faults::Plan plan, std::uint64_t dense) {
  walk(name, std::move(plan), dense, &Walk::stopStep);
}

void Walk::walk(const std::string& name, Faults::Plan plan, std::uint64_t dense, Step step) {
  const Clock::time_point begun = Clock::now();
  Points points(dense);
  size_t walked = 0;
  std::uint64_t reached = 0;
  for (; failures_ < kFailuresMax; points.next()) {
    plan.first = points.number();
    faults_.arm(plan);
    const std::string point = name + " " + std::to_string(plan.first);
    (this->*step)(point);
    const std::uint64_t failed = faults_.failed();
    faults_.disarm();
    reached = std::max(reached, std::min(faults_.calls(), plan.first));
    const std::string at = point + (failed > 0 ? " (" + faults_.where() + ")" : "");
    expectService(at);
    if (failed == 0) break;
    ++walked;
  }
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
  std::printf("[ MEASURED ] %s: %zu points of %llu in %lld ms\n", name.c_str(), walked,
              static_cast<unsigned long long>(reached), static_cast<long long>(ms.count()));
  EXPECT_GT(walked, 0u) << name << ": nothing of the kind was called, so nothing was tried";
}

void Walk::requestStep(const std::string& at) {
  for (const std::string& wrong : promises_->round()) report(at + " (" + faults_.where() + ")", wrong);
}

void Walk::reloadStep(const std::string& at) {
  Options& options = server_->installation().options();
  // Another value each time, so that there is something to do.
  options.settings["messaging.inbox_limit_default"] = std::to_string(50 + ++reloads_ % 2);
  server_->installation().writeConfiguration();
  const std::string answer = reloadByControl(*server_);
  const bool known = answer.empty() || answer.find("\"ok\":true") != std::string::npos ||
                     answer.find("\"problems\":[\"") != std::string::npos;
  if (!known) report(at + " (" + faults_.where() + ")", "a reload was answered with: " + answer);
}

void Walk::stopStep(const std::string& at) {
  server_->process().signal(SIGTERM);
  const auto status = server_->process().wait();
  if (!status) {
    report(at + " (" + faults_.where() + ")", "has not stopped");
    server_->kill9();
  } else if (*status != 0 && *status != 1) {
    report(at + " (" + faults_.where() + ")", "stopped with status " + std::to_string(*status));
  }
  faults_.page().first = 0;
  server_->startAgain();
  promises_->reconnect();
}

void Walk::expectService(const std::string& at) {
  if (const auto status = server_->process().wait(std::chrono::milliseconds(0))) {
    report(at, "the server ended with status " + std::to_string(*status) + "; it wrote last: " + server_->lastLines());
    server_->startAgain();
    promises_->reconnect();
    return;
  }
  std::string wrong;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    wrong = promises_->serves();
    if (wrong.empty()) return;
  }
  report(at, "the server does not serve afterwards: " + wrong);
}

void Walk::expectPromisesKept() {
  faults_.disarm();
  if (failures_ == 0) {
    const size_t now = openDescriptors(server_->process().pid());
    EXPECT_LE(now, descriptors_ + kDescriptorsMore) << "there were " << descriptors_ << " descriptors before";
    std::printf("[ MEASURED ] descriptors: %zu before, %zu after\n", descriptors_, now);
  }
  server_->kill9();
  server_->startAgain();
  promises_->reconnect();
  for (const std::string& broken : promises_->broken()) ADD_FAILURE() << broken;
  EXPECT_EQ("", promises_->serves());
  std::string statuses;
  for (const auto& [status, count] : promises_->statuses()) {
    statuses += " " + std::to_string(status) + ": " + std::to_string(count);
  }
  std::printf("[ MEASURED ] answers%s\n", statuses.c_str());
  EXPECT_EQ(0, server_->stop());
}

}  // namespace kavro::testing
