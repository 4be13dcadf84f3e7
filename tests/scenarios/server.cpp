#include "tests/scenarios/server.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <charconv>
#include <cstdio>
#include <stdexcept>

namespace kavro::testing {

Server::Server(Options options, Start start) : installation_(std::move(options)) {
  startProcess();
  if (start == Start::kAndWait) waitUntilListening();
}

Server::~Server() {
  if (::testing::Test::HasFailure()) {
    std::fprintf(stderr, "---- the server's log\n%s---- the end of the server's log\n", log().c_str());
  }
}

void Server::startProcess() {
  if (process_) {
    earlier_log_ += process_->errors();
    earlier_output_ += process_->output();
  }
  process_ = std::make_unique<Process>(installation_.commandLine({"run"}), installation_.folder(),
                                       installation_.options().environment);
}

void Server::waitUntilListening() {
  const std::string mark = isTls() ? "listening on https://127.0.0.1:" : "listening on http://127.0.0.1:";
  const auto rest = process_->waitForLine(mark);
  if (!rest) fail("has not said that it listens (\"" + mark + "PORT\")");
  const auto [end, error] = std::from_chars(rest->data(), rest->data() + rest->size(), port_);
  if (error != std::errc() || port_ == 0) fail("listens on no port");
}

void Server::fail(const std::string& why) {
  const auto status = process_->wait(std::chrono::milliseconds(0));
  const std::string state = status ? "ended with status " + std::to_string(*status) : "still runs";
  throw std::runtime_error("the server " + why + "; it " + state + ". Its log:\n" + log());
}

int Server::stop() {
  process_->signal(SIGTERM);
  const auto status = process_->wait();
  if (!status) fail("has not stopped");
  return *status;
}

void Server::kill9() {
  process_->signal(SIGKILL);
  if (!process_->wait()) fail("survived SIGKILL");
}

void Server::restart() {
  stop();
  startAgain();
}

void Server::startAgain() {
  startProcess();
  waitUntilListening();
}

std::string Server::url() const {
  return std::string(isTls() ? "https" : "http") + "://127.0.0.1:" + std::to_string(port_);
}

Endpoint Server::endpoint() const { return {port_, isTls(), installation_.certificate()}; }

std::string Server::log() const { return earlier_log_ + (process_ ? process_->errors() : std::string()); }
std::string Server::lastLines() const {
  constexpr size_t kBytes = 1000;
  const std::string all = log();
  const size_t begin = all.size() > kBytes ? all.find('\n', all.size() - kBytes) + 1 : 0;
  return all.substr(begin);
}
std::string Server::output() const { return earlier_output_ + (process_ ? process_->output() : std::string()); }

}  // namespace kavro::testing
