// One client's connection: handshake, requests one after the other, answers in order, close.
//
// Epoll is edge-triggered: readable_ and writable_ remember what is possible until a call says kLater. While an
// exchange runs nothing is read, so a client can only make the server hold one request and one buffer of input.
//
// A deadline is set when the waiting for something begins, and bytes that trickle in do not move it; only an answer
// that is taken at [http] response_rate_min does. Threads: its reactor's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
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
  bool admin = false;    // at an address of [admin]
};

class Connection final : public EventSource {
 public:
  // `place`: its place among its address's connections, if those are counted. Throws std::bad_alloc, std::system_error.
  Connection(Reactor& reactor, FileDescriptor socket, SSL_CTX* context, Peer peer,
             std::optional<AddressCounts::Place> place);
  ~Connection() override;

  void onEvents(std::uint32_t events) override;
  // As far as it goes at once: read, parse, run, write. Without memory for it the connection ends.
  void drive();
  // The exchange has its answer, after having been suspended.
  void exchangeDone() { drive(); }
  // Called about ten times a second.
  void checkDeadline(Reactor::Clock::time_point now);
  // Other proxies are trusted from now on.
  void reviewPeer();
  // Closes now when idle, otherwise after the current answer.
  void beginDrain();
  // Since when nothing is expected of the server but to wait: the connection may be closed when others want in.
  std::optional<Reactor::Clock::time_point> idleSince() const;
  void closeIdle();
  // Since when a large answer of it waits to be taken.
  std::optional<Reactor::Clock::time_point> takesSince() const;
  // There is no memory for what it does not take.
  void closeSlow();
  // The same while the server goes on.
  void retire();
  bool retired() const { return retired_; }

  std::string& output() { return output_; }
  const Peer& peer() const { return peer_; }
  // RFC 9110, 7.4: over TLS, or through a gateway that is trusted to have seen to it.
  bool mayServeHttps() const { return transport_.isTls() || peer_.trusted; }
  // The same section: with a certificate that is for that host.
  bool speaksFor(std::string_view authority) const { return peer_.trusted || transport_.speaksFor(authority); }
  // The reactor's: where it keeps this connection, and whether it is to be driven in the next round.
  std::size_t index = 0;
  bool driven_later = false;

 private:
  enum class Phase { kHandshake, kServing, kClosing, kLingering, kGone };

  // Past this much unsent output no further pipelined request is looked at.
  static constexpr std::size_t kOutputHighBytes = 64 * 1024;
  // An idle connection keeps no larger buffer than this.
  static constexpr std::size_t kOutputKeptBytes = 4 * 1024;
  // Rounds of reading and answering before others get their turn.
  static constexpr int kRoundsInARow = 16;
  // After the last answer: how much and how long the client may still send before the socket is closed under it, and
  // how long it may send nothing.
  static constexpr std::size_t kLingerBytesMax = 64 * 1024 * 1024;
  static constexpr std::chrono::milliseconds kLingerTimeMax{10'000};
  static constexpr std::chrono::milliseconds kLingerTime{2000};
  static constexpr std::chrono::milliseconds kDrainLingerTime{200};  // while the server stops

  bool outputIsHigh() const { return output_.size() - output_sent_ > kOutputHighBytes; }
  void expectInput(bool ended);
  void driveOn();
  void handshake();
  void serve();
  void consume(std::string_view& input);
  void finishExchange();
  void flush();
  void beginLinger();
  void linger();
  void timedOut(Reactor::Clock::time_point now);
  bool takesEnough() const;
  void destroy() noexcept;
  void updateDeadline();
  bool bodyIsTooSlow(Reactor::Clock::time_point now) const;
  void countOutput();
  void outOfMemory() noexcept;

  Reactor& reactor_;
  Transport transport_;
  Peer peer_;
  std::optional<AddressCounts::Place> place_;
  Phase phase_;
  bool readable_ = true;
  bool writable_ = true;
  bool driving_ = false;
  bool input_ended_ = false;
  bool retired_ = false;
  std::unique_ptr<Exchange> exchange_;
  std::string input_;  // read but not consumed: pipelined requests behind one that runs
  std::string output_;
  std::size_t output_sent_ = 0;
  std::size_t output_memory_ = 0;  // of output_, that the reactor has counted: a large one's
  std::size_t lingered_bytes_ = 0;
  std::size_t turn_left_ = 0;  // requests until it is others' turn
  enum class Waiting { kNothing, kHandshake, kIdle, kHeader, kBody, kWrite, kLinger };
  Waiting waiting_ = Waiting::kNothing;
  bool request_ended_ = false;  // since waiting_ was looked at
  Reactor::Clock::time_point waiting_since_;
  Reactor::Clock::time_point deadline_;
  std::uint64_t received_bytes_ = 0;  // of the present body
  int empty_lines_ = 0;               // since the last request; none has begun
  std::uint64_t taken_bytes_ = 0;     // by the client, of all output, when its present time for an answer began
};

}  // namespace kavro::http
