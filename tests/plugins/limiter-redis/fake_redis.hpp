// A Redis that answers whatever the test wants.
//
//   FakeRedis redis([](const Words& words) { return isHit(words) ? "*2147483647\r\n" : FakeRedis::good(words); });
//   Node node({.url = redis.url()});
//
// The probe that ends a connection's greeting is an EVAL, hits are EVALSHA.
#pragma once

#include <netinet/tcp.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "peer.hpp"

namespace kavro::limiter_redis {

using Words = std::vector<std::string>;

class FakeRedis {
 public:
  enum class Sends { kAtOnce, kByteByByte };
  // The bytes that one command is answered with; on the thread of the fake.
  using Answer = std::function<std::string(const Words& command)>;

  explicit FakeRedis(Answer answer, Sends sends = Sends::kAtOnce)
      : answer_(std::move(answer)), sends_(sends), peer_([this](int connection) { converse(connection); }) {}

  std::string url() const { return peer_.url(); }

  static constexpr const char* kAllowed = "*3\r\n:1\r\n:1\r\n:1000\r\n";

  // What a Redis answers, to which every hit is the first.
  static std::string good(const Words& command) {
    if (command[0] == "SCRIPT") return "$40\r\n" + std::string(40, 'a') + "\r\n";
    if (command[0] == "DEL") return ":1\r\n";
    return command[0].starts_with("EVAL") ? kAllowed : "+OK\r\n";
  }

 private:
  void converse(int connection) const {
    const int on = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::string bytes;
    char more[4096];
    for (;;) {
      while (const std::optional<Words> command = takeCommand(bytes)) {
        if (!send(connection, answer_(*command))) return;
      }
      const ssize_t size = recv(connection, more, sizeof more, 0);
      if (size <= 0) return;
      bytes.append(more, static_cast<std::size_t>(size));
    }
  }

  bool send(int connection, const std::string& answer) const {
    if (sends_ == Sends::kAtOnce) return Peer::say(connection, answer);
    for (const char& byte : answer) {
      if (!Peer::say(connection, {&byte, 1})) return false;
    }
    return true;
  }

  // *COUNT\r\n and then, so many times, $SIZE\r\nBYTES\r\n; nothing when it is not complete.
  static std::optional<Words> takeCommand(std::string& bytes) {
    std::size_t at = 0;
    const auto number = [&]() -> std::optional<std::size_t> {
      const std::size_t end = bytes.find("\r\n", at);
      if (end == std::string::npos) return std::nullopt;
      const std::size_t value = std::stoul(bytes.substr(at + 1, end - at - 1));
      at = end + 2;
      return value;
    };
    const std::optional<std::size_t> count = number();
    if (!count) return std::nullopt;
    Words words;
    while (words.size() < *count) {
      const std::optional<std::size_t> size = number();
      if (!size || at + *size + 2 > bytes.size()) return std::nullopt;
      words.push_back(bytes.substr(at, *size));
      at += *size + 2;
    }
    bytes.erase(0, at);
    return words;
  }

  const Answer answer_;
  const Sends sends_;
  const Peer peer_;  // last: its thread uses the rest
};

}  // namespace kavro::limiter_redis
