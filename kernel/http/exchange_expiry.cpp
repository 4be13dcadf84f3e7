// What becomes of an exchange whose plugin does not give it back in time.
#include <string>

#include <kavro/text.hpp>

#include "kernel/host/call_context.hpp"
#include "kernel/http/connection.hpp"
#include "kernel/http/exchange.hpp"
#include "kernel/http/reactor.hpp"

namespace kavro::http {

std::unique_ptr<Exchange> Exchange::expire(Clock::time_point now) {
  if (now < deadline_) return nullptr;
  // A queued job that a worker takes at this moment is the plugin's in the next try.
  bool queued = hand(Holder::kQueued, Holder::kExpired);
  if (!queued && !hand(Holder::kPlugin, Holder::kExpired)) return nullptr;

  // From here on another thread may give it back, which frees it on this thread, in a later round.
  ReactorCounters& counters = reactor_.counters();
  ReactorCounters::add(counters.expired);
  ReactorCounters::add(counters.held);
  ReactorCounters::subtract(counters.running);
  running_ = false;
  const bool open = filter_ && filter_->policy.on_failure == OnFailure::kOpen;
  const auto timeout = filter_ ? filter_->policy.filter_timeout : match_.route->policy.handler_timeout;
  const host::CallContext context(fromAbi(request_.id));
  const std::string what = filter_  ? "its filter did not decide within "
                           : queued ? "no worker was free for its handler within "
                                    : "its handler did not answer within ";
  ifPossible([&] {
    reactor_.shared().log.error(owner(),
                                describe() + ": " + what + std::to_string(timeout.count()) + " ms; " +
                                    (open ? "the request goes on (on_failure = open)" : "the client gets a 503"));
    if (!queued && calls()) calls()->countFailure(now);
    endTrial(queued ? PluginCalls::Trial::kUndecided : PluginCalls::Trial::kBad);
  });

  std::unique_ptr<Exchange> successor = reactor_.takeExchange();
  successor->succeed(*this);
  connection_ = nullptr;
  const std::string_view detail = filter_ ? "A check that this request needs was not made in time. Try again."
                                          : "The answer did not come in time. Try again.";
  successor->guarded([&successor, open, detail] {
    if (open) return successor->goOn();
    successor->advancing_ = true;
    successor->answer(503, detail, {{toAbi("Retry-After"), toAbi(kRetryAfterSeconds)}});
    successor->advancing_ = false;
  });
  return successor;
}

void Exchange::expireOrphan(Exchange& orphan, Clock::time_point now) {
  Reactor& reactor = orphan.reactor_;
  std::unique_ptr<Exchange> successor;
  try {
    successor = orphan.expire(now);
  } catch (const std::exception&) {
    if (!orphan.running()) reactor.removeOrphan(orphan);
    return reactor.ranOutOfMemory();
  }
  if (!successor) return;
  reactor.removeOrphan(orphan);
  if (successor->running()) {
    successor.release()->orphan();
  } else {
    reactor.giveBack(std::move(successor));
  }
}

// Nothing that the plugin may be writing at this moment is read: what it adds is in pending_, a principal that it sets
// in new memory.
void Exchange::succeed(const Exchange& expired) {
  connection_ = expired.connection_;
  site_ = expired.site_;
  parser_.copy(expired.parser_);
  admin_ = expired.admin_;
  match_ = site_->routerFor(admin_).find(parser_.method(), parser_.path(), arena_);
  running_ = true;
  ReactorCounters::add(reactor_.counters().running);
  fillRequest();
  request_.received_us = expired.request_.received_us;
  request_.id = toAbi(arena_.copy(fromAbi(expired.request_.id)));
  request_.peer_address = toAbi(arena_.copy(fromAbi(expired.request_.peer_address)));
  request_.peer_port = expired.request_.peer_port;
  if (expired.principal_before_) setPrincipal(expired.principal_before_->id, fromAbi(expired.principal_before_->name));
  started_ = expired.started_;
  keep_alive_ = expired.keep_alive_;
  step_ = expired.step_;
  route_checked_ = expired.route_checked_;
  principal_checked_ = expired.principal_checked_;
  added_ = expired.added_;
}

// Somebody gives back what is not its own any more.
void Exchange::late(std::string_view what) {
  if (!hand(Holder::kExpired, Holder::kAnswered)) {
    // The exchange may be another request's by now, so it is not asked whose it was.
    return ifPossible([this, what] {
      reactor_.shared().log.error("http", "a plugin " + std::string(what) + " a request that it had given back");
    });
  }
  ifPossible([this, what] {
    reactor_.shared().log.information(
        owner(), describe() + ": a request that had run out of time was given back (" + std::string(what) + ")");
  });
  reactor_.post(
      [](void* user) {
        const std::unique_ptr<Exchange> self(static_cast<Exchange*>(user));
        ReactorCounters::subtract(self->reactor_.counters().held);
        self->reset();
      },
      this);
}

}  // namespace kavro::http
