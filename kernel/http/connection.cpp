#include "kernel/http/connection.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

namespace kavro::http {

Connection::Connection(Reactor& reactor, FileDescriptor socket, SSL_CTX* context, Peer peer,
                       std::optional<AddressCounts::Place> place)
    : reactor_(reactor),
      transport_(std::move(socket), context),
      peer_(std::move(peer)),
      place_(std::move(place)),
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
  try {
    driveOn();
  } catch (const std::exception&) {
    return outOfMemory();
  }
  driving_ = false;
  if (phase_ == Phase::kGone) return;
  updateDeadline();
  countOutput();
}

void Connection::driveOn() {
  turn_left_ = reactor_.requestsInATurn();
  if (phase_ == Phase::kHandshake) handshake();
  if (phase_ == Phase::kServing) serve();
  if (phase_ == Phase::kClosing) flush();
  if (phase_ == Phase::kLingering) linger();
}

void Connection::handshake() {
  switch (transport_.handshake()) {
    case Transport::Outcome::kDone: phase_ = Phase::kServing; break;
    case Transport::Outcome::kLater: break;
    default:
      ReactorCounters::add(reactor_.counters().handshakes_failed);
      beginLinger();  // an alert is on its way, which tells the client why
  }
}

void Connection::serve() {
  if (exchange_ && exchange_->answered()) finishExchange();
  for (int rounds = 0; phase_ == Phase::kServing; ++rounds) {
    if (exchange_ && exchange_->running()) break;  // one request at a time; the rest waits in input_
    if (outputIsHigh()) {
      flush();
      if (phase_ != Phase::kServing || outputIsHigh()) break;
    }
    if (rounds == kRoundsInARow || (turn_left_ == 0 && (!input_.empty() || readable_))) {
      reactor_.driveLater(*this);
      break;
    }
    if (!input_.empty()) {
      const std::string kept = std::move(input_);
      input_.clear();
      std::string_view input = kept;
      consume(input);
      input_.assign(input);
      continue;
    }
    if (!readable_) break;
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

// Takes requests off the front of `input` until it is used up, one suspends, the connection is to be closed, enough
// answers wait to be taken, or it is others' turn.
void Connection::consume(std::string_view& input) {
  while (phase_ == Phase::kServing && !outputIsHigh() && turn_left_ > 0) {
    if (!exchange_) {
      if (input.empty()) return;
      exchange_ = reactor_.takeExchange();
      exchange_->attach(*this);
      exchange_->parser().continueAfterEmptyLines(empty_lines_);
    }
    RequestParser& parser = exchange_->parser();
    const std::size_t taken = parser.feed(input);
    input.remove_prefix(taken);
    received_bytes_ += taken;
    if (parser.bodyMemory() > Exchange::kBodyBytesFree && !exchange_->mayHoldBody()) {
      finishExchange();
      continue;
    }
    switch (parser.state()) {
      case RequestParser::State::kHeader:
        if (parser.started()) return;
        empty_lines_ = parser.emptyLines();
        reactor_.giveBack(std::move(exchange_));  // idle: only empty lines came
        return;
      case RequestParser::State::kHeaderComplete:
        exchange_->beginRequest();
        received_bytes_ = 0;
        parser.acceptBody(exchange_->bodyBytesMax());
        if (parser.state() == RequestParser::State::kBody && parser.expectsContinue() && input.empty()) {
          if (exchange_->hasRoute()) {
            output_ += "HTTP/1.1 100 Continue\r\n\r\n";
          } else {
            parser.declineBody();  // whatever it holds, the answer is known
          }
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
  request_ended_ = true;
  empty_lines_ = 0;
  if (turn_left_ > 0) --turn_left_;
  if (!exchange_->keepAlive()) phase_ = Phase::kClosing;
  reactor_.giveBack(std::move(exchange_));
}

void Connection::flush() {
  while (output_sent_ < output_.size()) {
    if (!writable_) return;
    const Transport::Result result = transport_.write(std::string_view(output_).substr(output_sent_));
    if (result.outcome == Transport::Outcome::kLater) {
      writable_ = false;
      // A client that always leaves a little to be sent must not make the sent part grow for ever.
      if (output_sent_ > kOutputHighBytes) output_.erase(0, std::exchange(output_sent_, 0));
      return;
    }
    if (result.outcome != Transport::Outcome::kDone) return destroy();
    output_sent_ += result.bytes;
  }
  output_sent_ = 0;
  output_.clear();
  if (output_.capacity() > kOutputKeptBytes) output_ = std::string();
  if (phase_ == Phase::kClosing) beginLinger();
}

// Who takes an answer byte by byte has no more time for it than who takes none. What the kernel has room for says
// little: it asks for more only when a good part of megabytes has gone, which a slow client may take minutes for.
bool Connection::takesEnough() const {
  const ServerOptions& options = reactor_.options();
  const auto milliseconds = static_cast<std::uint64_t>(options.write_timeout.count());
  const std::uint64_t wanted = std::max<std::uint64_t>(1, options.response_rate_min * milliseconds / 1000);
  return transport_.takenBytes() - taken_bytes_ >= wanted;
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
  if (result.bytes > 0 && waiting_ == Waiting::kLinger && !reactor_.draining()) {
    deadline_ = std::min(reactor_.now() + kLingerTime, waiting_since_ + kLingerTimeMax);
  }
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

void Connection::retire() {
  retired_ = true;
  beginDrain();
}

void Connection::destroy() noexcept {
  if (phase_ == Phase::kGone) return;
  phase_ = Phase::kGone;
  // Closing it would not be enough: a child process that is just being started has a copy, until it is another program.
  reactor_.unwatch(transport_.socket());
  reactor_.countOutput(std::exchange(output_memory_, 0), 0);
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
  // The next request has time of its own, but an answer that is not taken has no more for it.
  const bool begins = waiting != waiting_ || (request_ended_ && waiting != Waiting::kWrite);
  request_ended_ = false;
  if (!begins) return;
  waiting_ = waiting;
  waiting_since_ = reactor_.now();
  deadline_ = waiting_since_ + timeout;
  if (waiting == Waiting::kWrite) taken_bytes_ = transport_.takenBytes();
}

void Connection::checkDeadline(Reactor::Clock::time_point now) {
  if (phase_ == Phase::kGone) return;
  if (exchange_ && exchange_->running()) {
    driving_ = true;
    std::unique_ptr<Exchange> successor;
    try {
      successor = exchange_->expire(now);
    } catch (const std::exception&) {
      if (!exchange_->running()) exchange_.release();  // its plugin's now
      return outOfMemory();
    }
    if (successor) {
      exchange_.release();  // its plugin's now
      exchange_ = std::move(successor);
    }
    driving_ = false;
    if (exchange_->answered()) return drive();
  }
  if (waiting_ == Waiting::kNothing || (now < deadline_ && !bodyIsTooSlow(now))) return;
  if (waiting_ == Waiting::kWrite && takesEnough()) {
    taken_bytes_ = transport_.takenBytes();
    deadline_ = now + reactor_.options().write_timeout;
    return;
  }
  timedOut(now);
}

void Connection::reviewPeer() {
  const auto address = IpAddress::parse(peer_.address);
  peer_.trusted = address && reactor_.options().trusted_proxies.contains(*address);
}

bool Connection::bodyIsTooSlow(Reactor::Clock::time_point now) const {
  const ServerOptions& options = reactor_.options();
  if (waiting_ != Waiting::kBody || options.body_rate_min == 0) return false;
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(now - waiting_since_);
  if (time < options.body_grace_time) return false;
  return received_bytes_ < options.body_rate_min * static_cast<std::uint64_t>(time.count()) / 1000;
}

void Connection::timedOut(Reactor::Clock::time_point now) {
  if (waiting_ == Waiting::kIdle) {
    phase_ = Phase::kClosing;
    return drive();
  }
  if (waiting_ != Waiting::kLinger) ReactorCounters::add(reactor_.counters().too_slow);
  if (waiting_ != Waiting::kHeader && waiting_ != Waiting::kBody) return destroy();
  driving_ = true;
  exchange_->refuse(408, waiting_ == Waiting::kHeader ? "The request's header did not come in time."
                         : now < deadline_            ? "The request's body comes too slowly."
                                                      : "The request's body did not come in time.");
  finishExchange();
  driving_ = false;
  drive();
}

std::optional<Reactor::Clock::time_point> Connection::idleSince() const {
  const bool idle = waiting_ == Waiting::kLinger || (waiting_ == Waiting::kIdle && phase_ == Phase::kServing);
  return idle ? std::optional(waiting_since_) : std::nullopt;
}

void Connection::closeIdle() {
  if (phase_ == Phase::kServing) transport_.shutdownWrite();
  destroy();
}

std::optional<Reactor::Clock::time_point> Connection::takesSince() const {
  return output_memory_ > 0 && waiting_ == Waiting::kWrite ? std::optional(waiting_since_) : std::nullopt;
}

void Connection::closeSlow() {
  ReactorCounters::add(reactor_.counters().too_slow);
  destroy();
}

void Connection::countOutput() {
  const std::size_t memory = output_.capacity() > kOutputHighBytes ? output_.capacity() : 0;
  const std::size_t before = std::exchange(output_memory_, memory);
  if (memory == before) return;
  reactor_.countOutput(before, memory);
  if (memory > before) reactor_.closeSlowest(*this);
}

// Nothing is left to do it with: the client sees its connection close.
void Connection::outOfMemory() noexcept {
  driving_ = false;
  reactor_.ranOutOfMemory();
  destroy();
}

}  // namespace kavro::http
