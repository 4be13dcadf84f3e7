// One client's connection: handshake, requests one after the other, answers in order, close.
//
// Epoll is edge-triggered: readable_ and writable_ remember what is possible until a call says kLater. While an
// exchange runs nothing is read, so a client can only make the server hold one request and one buffer of input.
// Threads: its reactor's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "kernel/http/exchange.hpp"
#include "kernel/http/reactor.hpp"
#include "kernel/http/transport.hpp"

namespace kavro::http {

// The other side of the connection: a client, or a proxy that speaks for many.
struct Peer {
  std::string address;  // as text
  std::uint16_t port = 0;
  bool trusted = false;  // in [http] trusted_proxies
};

class Connection final : public EventSource {
 public:
  Connection(Reactor& reactor, FileDescriptor socket, SSL_CTX* context, Peer peer);
  ~Connection() override;

  void onEvents(std::uint32_t events) override;
  // As far as it goes at once: read, parse, run, write.
  void drive();
  // The exchange has its answer, after having been suspended.
  void exchangeDone() { drive(); }
  // Called about ten times a second.
  void checkDeadline(Reactor::Clock::time_point now);
  // Other proxies are trusted from now on.
  void reviewPeer();
  // Closes now when idle, otherwise after the current answer.
  void beginDrain();

  std::string& output() { return output_; }
  const Peer& peer() const { return peer_; }
  std::size_t index = 0;  // the reactor's: where it keeps this connection

 private:
  enum class Phase { kHandshake, kServing, kClosing, kLingering, kGone };

  // Past this much unsent output no further pipelined request is looked at.
  static constexpr std::size_t kOutputHighBytes = 256 * 1024;
  // An idle connection keeps no larger buffer than this.
  static constexpr std::size_t kOutputKeptBytes = 4 * 1024;
  // Rounds of reading before others get their turn.
  static constexpr int kReadsInARow = 16;
  // After the last answer: how much and how long the client may still send before the socket is closed under it.
  static constexpr std::size_t kLingerBytesMax = 1024 * 1024;
  static constexpr std::chrono::milliseconds kLingerTime{2000};
  static constexpr std::chrono::milliseconds kDrainLingerTime{200};  // while the server stops

  void expectInput(bool ended);
  void handshake();
  void serve();
  void consume(std::string_view& input);
  void finishExchange();
  void flush();
  void beginLinger();
  void linger();
  void timedOut();
  void destroy();
  void updateDeadline();

  Reactor& reactor_;
  Transport transport_;
  Peer peer_;
  Phase phase_;
  bool readable_ = true;
  bool writable_ = true;
  bool driving_ = false;
  bool input_ended_ = false;
  std::unique_ptr<Exchange> exchange_;
  std::string input_;  // read but not consumed: pipelined requests behind one that runs
  std::string output_;
  std::size_t output_sent_ = 0;
  std::size_t lingered_bytes_ = 0;
  enum class Waiting { kNothing, kHandshake, kIdle, kHeader, kBody, kWrite, kLinger };
  Waiting waiting_ = Waiting::kNothing;
  Reactor::Clock::time_point deadline_;
};

}  // namespace kavro::http
