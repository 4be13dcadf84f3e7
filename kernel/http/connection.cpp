#include "kernel/http/connection.hpp"

#include <sys/epoll.h>

#include <algorithm>

namespace kavro::http {

Connection::Connection(Reactor& reactor, FileDescriptor socket, SSL_CTX* context, Peer peer)
    : reactor_(reactor),
      transport_(std::move(socket), context),
      peer_(std::move(peer)),
      phase_(context ? Phase::kHandshake : Phase::kServing) {
  reactor_.watch(transport_.socket(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, *this);
  updateDeadline();
}

// An exchange that somebody else still holds lives on until its answer.
Connection::~Connection() {
  if (!exchange_ || !exchange_->running()) return;
  exchange_->orphan();
  exchange_.release();
}

void Connection::onEvents(std::uint32_t events) {
  if (phase_ == Phase::kGone) return;
  if (events & (EPOLLERR | EPOLLHUP)) return destroy();
  if (events & (EPOLLIN | EPOLLRDHUP)) expectInput(events & EPOLLRDHUP);
  if (events & EPOLLOUT) writable_ = true;
  drive();
}

void Connection::expectInput(bool ended) {
  readable_ = true;
  transport_.expectInput(ended);
}

void Connection::drive() {
  if (driving_ || phase_ == Phase::kGone) return;
  driving_ = true;
  if (phase_ == Phase::kHandshake) handshake();
  if (phase_ == Phase::kServing) serve();
  if (phase_ == Phase::kClosing) flush();
  if (phase_ == Phase::kLingering) linger();
  driving_ = false;
  if (phase_ != Phase::kGone) updateDeadline();
}

void Connection::handshake() {
  switch (transport_.handshake()) {
    case Transport::Outcome::kDone: phase_ = Phase::kServing; break;
    case Transport::Outcome::kLater: break;
    default: {
      ReactorCounters::add(reactor_.counters().handshakes_failed);
      destroy();
    }
  }
}

void Connection::serve() {
  if (exchange_ && exchange_->answered()) finishExchange();
  for (int reads = 0; phase_ == Phase::kServing; ++reads) {
    if (exchange_ && exchange_->running()) break;  // one request at a time; the rest waits in input_
    if (!input_.empty()) {
      const std::string kept = std::move(input_);
      input_.clear();
      std::string_view input = kept;
      consume(input);
      input_.assign(input);
    }
    if (phase_ != Phase::kServing || (exchange_ && exchange_->running())) break;
    if (output_.size() - output_sent_ > kOutputHighBytes) {
      flush();
      if (phase_ != Phase::kServing || output_.size() - output_sent_ > kOutputHighBytes) break;
      if (!input_.empty()) continue;
    }
    if (!readable_) break;
    if (reads == kReadsInARow) {
      reactor_.driveLater(*this);
      break;
    }
    const Transport::Result result = transport_.read(reactor_.readBuffer(), Reactor::kReadBufferBytes);
    if (result.outcome == Transport::Outcome::kLater) {
      readable_ = false;
      break;
    }
    if (result.outcome == Transport::Outcome::kBroken) return destroy();
    if (result.outcome == Transport::Outcome::kEnd) {
      // No more requests will come; a started one never completes.
      readable_ = false;
      input_ended_ = true;
      phase_ = Phase::kClosing;
      break;
    }
    std::string_view input(reactor_.readBuffer(), result.bytes);
    consume(input);
    if (phase_ == Phase::kGone) return;
    input_.assign(input);
    readable_ = transport_.mayHaveInput();
  }
  if (phase_ == Phase::kServing) flush();
}

// Takes requests off the front of `input` until it is used up, one suspends, or the connection is to be closed.
void Connection::consume(std::string_view& input) {
  while (phase_ == Phase::kServing) {
    if (!exchange_) {
      if (input.empty()) return;
      exchange_ = reactor_.takeExchange();
      exchange_->attach(*this);
    }
    RequestParser& parser = exchange_->parser();
    input.remove_prefix(parser.feed(input));
    switch (parser.state()) {
      case RequestParser::State::kHeader:
        if (parser.started()) return;
        reactor_.giveBack(std::move(exchange_));  // idle: only empty lines came
        return;
      case RequestParser::State::kHeaderComplete:
        exchange_->beginRequest();
        parser.acceptBody(exchange_->bodyBytesMax());
        if (parser.state() == RequestParser::State::kBody && parser.expectsContinue() && input.empty()) {
          output_ += "HTTP/1.1 100 Continue\r\n\r\n";
        }
        break;
      case RequestParser::State::kBody: return;
      case RequestParser::State::kComplete:
        exchange_->run();
        if (exchange_->running()) return;
        finishExchange();
        break;
      case RequestParser::State::kFailed:
        exchange_->refuse(parser.status(), parser.why());
        finishExchange();
        break;
    }
  }
}

void Connection::finishExchange() {
  if (!exchange_->keepAlive()) phase_ = Phase::kClosing;
  reactor_.giveBack(std::move(exchange_));
}

void Connection::flush() {
  while (output_sent_ < output_.size()) {
    if (!writable_) return;
    const Transport::Result result = transport_.write(std::string_view(output_).substr(output_sent_));
    if (result.outcome == Transport::Outcome::kLater) {
      writable_ = false;
      return;
    }
    if (result.outcome != Transport::Outcome::kDone) return destroy();
    output_sent_ += result.bytes;
    if (waiting_ == Waiting::kWrite) deadline_ = reactor_.now() + reactor_.options().write_timeout;
  }
  output_sent_ = 0;
  output_.clear();
  if (output_.capacity() > kOutputKeptBytes) output_ = std::string();
  if (phase_ == Phase::kClosing) beginLinger();
}

// Closing a socket with unread input resets the connection, and the client may lose the answer. So: end our direction,
// read for a while what still comes, then close.
void Connection::beginLinger() {
  transport_.shutdownWrite();
  if (input_ended_) return destroy();
  phase_ = Phase::kLingering;
}

void Connection::linger() {
  const Transport::Result result = transport_.drain(reactor_.readBuffer(), Reactor::kReadBufferBytes);
  lingered_bytes_ += result.bytes;
  if (result.outcome == Transport::Outcome::kDone && lingered_bytes_ < kLingerBytesMax) {
    return reactor_.driveLater(*this);
  }
  if (result.outcome != Transport::Outcome::kLater) destroy();
}

void Connection::beginDrain() {
  if (phase_ == Phase::kHandshake) return destroy();
  // What has come already is answered, also when the event that would tell of it still waits to be read.
  expectInput(false);
  drive();
  if (phase_ != Phase::kServing || exchange_) return;
  phase_ = Phase::kClosing;
  drive();
}

void Connection::destroy() {
  if (phase_ == Phase::kGone) return;
  phase_ = Phase::kGone;
  reactor_.remove(*this);
}

void Connection::updateDeadline() {
  const ServerOptions& options = reactor_.options();
  Waiting waiting = Waiting::kIdle;
  std::chrono::milliseconds timeout = options.idle_timeout;
  if (phase_ == Phase::kHandshake) {
    waiting = Waiting::kHandshake;
    timeout = options.handshake_timeout;
  } else if (phase_ == Phase::kLingering) {
    waiting = Waiting::kLinger;
    timeout = reactor_.draining() ? kDrainLingerTime : kLingerTime;
  } else if (output_sent_ < output_.size()) {
    waiting = Waiting::kWrite;
    timeout = options.write_timeout;
  } else if (exchange_ && exchange_->running()) {
    waiting = Waiting::kNothing;
  } else if (exchange_ && exchange_->parser().state() == RequestParser::State::kBody) {
    waiting = Waiting::kBody;
    timeout = options.body_timeout;
  } else if (exchange_) {
    waiting = Waiting::kHeader;
    timeout = options.header_timeout;
  }
  // A deadline is set when the waiting begins and does not move with every byte.
  const bool restarted = waiting == Waiting::kIdle && phase_ == Phase::kServing;
  if (waiting == waiting_ && !restarted) return;
  waiting_ = waiting;
  deadline_ = reactor_.now() + timeout;
}

void Connection::checkDeadline(Reactor::Clock::time_point now) {
  if (phase_ == Phase::kGone) return;
  if (exchange_ && exchange_->running()) {
    driving_ = true;
    std::unique_ptr<Exchange> successor = exchange_->expire(now);
    if (successor) {
      exchange_.release();  // its plugin's now
      exchange_ = std::move(successor);
    }
    driving_ = false;
    if (exchange_->answered()) return drive();
  }
  if (waiting_ == Waiting::kNothing || now < deadline_) return;
  timedOut();
}

void Connection::reviewPeer() {
  const auto address = IpAddress::parse(peer_.address);
  peer_.trusted = address && reactor_.options().trusted_proxies.contains(*address);
}

void Connection::timedOut() {
  if (waiting_ == Waiting::kIdle) {
    phase_ = Phase::kClosing;
    return drive();
  }
  if (waiting_ != Waiting::kHeader && waiting_ != Waiting::kBody) return destroy();
  driving_ = true;
  exchange_->refuse(408, waiting_ == Waiting::kHeader ? "The request's header did not come in time."
                                                      : "The request's body did not come in time.");
  finishExchange();
  driving_ = false;
  drive();
}

}  // namespace kavro::http
