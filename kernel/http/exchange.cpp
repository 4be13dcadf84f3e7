#include "kernel/http/exchange.hpp"

#include <algorithm>
#include <cstdio>
#include <new>
#include <optional>
#include <utility>

#include <kavro/response.hpp>
#include <kavro/text.hpp>

#include "kernel/host/call_context.hpp"
#include "kernel/http/conditional_answer.hpp"
#include "kernel/http/connection.hpp"
#include "kernel/http/error_answer.hpp"
#include "kernel/http/plugin_call.hpp"
#include "kernel/http/reactor.hpp"
#include "kernel/http/response_writer.hpp"

namespace kavro::http {

namespace {

constexpr std::string_view kProblemType = "application/problem+json";
constexpr std::string_view kSomethingWrong = "Something went wrong. Please try again.";
constexpr std::string_view kQuarantined = "This part of the server is out of order at the moment. Try again later.";
constexpr std::string_view kCannotCheck = "A check that this request needs cannot be made now. Try again.";

// Whose answer may be left unsent because of a condition: nothing was changed for it.
bool isSafe(std::string_view method) { return method == "GET" || method == "HEAD"; }

// Nearly always false: then the plugin may be called without further ado.
bool suspect(const std::shared_ptr<PluginCalls>& calls) {
  return calls && calls->state() != PluginCalls::State::kClosed;
}

kavro_response asResponse(int status, const std::vector<kavro_field>& fields, std::string_view body) {
  kavro_response response{};
  response.size = sizeof response;
  response.status = static_cast<std::uint16_t>(status);
  response.fields = fields.data();
  response.field_count = fields.size();
  response.body = toAbi(body);
  return response;
}

}  // namespace

Exchange::Exchange(Reactor& reactor) : reactor_(reactor), parser_(reactor.options().limits) { reactor_.exchangeMade(); }

Exchange::~Exchange() {
  if (running_) ReactorCounters::subtract(reactor_.counters().running);
  reactor_.exchangeGone();
}

void Exchange::AddedFields::clear() {
  lines.clear();
  names.clear();
}

void Exchange::AddedFields::take(AddedFields& more) {
  lines += more.lines;
  for (std::string& name : more.names) names.push_back(std::move(name));
  more.clear();
}

void Exchange::reset() {
  if (body_memory_ > 0) reactor_.shared().body_bytes.fetch_sub(body_memory_, std::memory_order_relaxed);
  body_memory_ = 0;
  parser_.reset();
  arena_.reset();
  if (site_) reactor_.retire(std::move(site_));
  match_ = {};
  request_ = {};
  step_ = 0;
  filter_ = nullptr;
  route_checked_ = principal_checked_ = false;
  if (running_) ReactorCounters::subtract(reactor_.counters().running);
  running_ = advancing_ = resumed_ = answered_ = keep_alive_ = timed_ = false;
  finishing_ = written_ = no_memory_ = false;
  state_.store(turnOf(state_.load(std::memory_order_relaxed)) + kTurn, std::memory_order_release);
  deadline_ = Clock::time_point::max();
  trial_ = nullptr;
  added_.clear();
  pending_.clear();
  principal_before_ = nullptr;
  response_ = nullptr;
  kept_.reset();
}

bool Exchange::hand(std::uint64_t turn, Holder from, Holder to) {
  std::uint64_t expected = turn + static_cast<std::uint64_t>(from);
  return state_.compare_exchange_strong(expected, turn + static_cast<std::uint64_t>(to), std::memory_order_acq_rel,
                                        std::memory_order_acquire);
}

bool Exchange::hand(Holder from, Holder to) { return hand(turnOf(state_.load(std::memory_order_acquire)), from, to); }

void Exchange::setHolder(Holder holder) {
  state_.store(turnOf(state_.load(std::memory_order_relaxed)) + static_cast<std::uint64_t>(holder),
               std::memory_order_release);
}

bool Exchange::takeBack() {
  return holderOf(state_.load(std::memory_order_acquire)) == Holder::kKernel || hand(Holder::kPlugin, Holder::kKernel);
}

void Exchange::beginRequest() {
  site_ = reactor_.site();
  admin_ = connection_->peer().admin;
  match_ = site_->routerFor(admin_).find(parser_.method(), parser_.path(), arena_);
}

std::uint64_t Exchange::bodyBytesMax() const {
  const std::uint64_t server = reactor_.options().limits.body_bytes_max;
  if (!match_.route || match_.route->body_bytes_max == 0) return server;
  return std::min(server, match_.route->body_bytes_max);
}

void Exchange::fillRequest() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  request_.size = sizeof request_;
  request_.received_us = time.tv_sec * 1'000'000 + time.tv_nsec / 1000;
  started_ = reactor_.now();
  timed_ = reactor_.timeThisOne();
  fillId();
  if (connection_) fillPeer();
  if (parser_.state() != RequestParser::State::kComplete) return;
  request_.method = toAbi(parser_.method());
  request_.target = toAbi(parser_.target());
  request_.path = toAbi(match_.path);
  request_.query = toAbi(parser_.query());
  request_.body = toAbi(parser_.body());
  request_.fields = parser_.fields().data();
  request_.field_count = parser_.fields().size();
  request_.parameters = match_.parameters;
  request_.parameter_count = match_.parameter_count;
  if (match_.route) request_.route = toAbi(match_.route->pattern);
}

// A trusted proxy's id is kept, so that its log and ours can be read together.
void Exchange::fillId() {
  if (connection_ && connection_->peer().trusted) {
    const auto given = findField(parser_.fields(), "x-request-id");
    if (given && RequestId::isAcceptable(*given)) {
      request_.id = toAbi(arena_.copy(*given));
      return;
    }
  }
  char id[16];
  reactor_.writeRequestId(id);
  request_.id = toAbi(arena_.copy({id, sizeof id}));
}

// Who asks: whoever connected, or whom a trusted proxy speaks for. A request that is refused within its body has its
// fields already; one that is refused within its header has none, and counts as the proxy's own.
void Exchange::fillPeer() {
  const Peer& peer = connection_->peer();
  if (peer.trusted) {
    if (const auto client = reactor_.options().trusted_proxies.findClient(parser_.fields())) {
      IpAddress::Text text;
      request_.peer_address = toAbi(arena_.copy(client->address.write(text)));
      request_.peer_port = client->port;
      return;
    }
  }
  request_.peer_address = toAbi(arena_.copy(peer.address));
  request_.peer_port = peer.port;
}

void Exchange::run() {
  running_ = true;
  ReactorCounters::add(reactor_.counters().running);
  keep_alive_ = parser_.keepAlive();
  guarded([this] {
    fillRequest();
    goOn();
  });
}

void Exchange::goOn() {
  const host::CallContext context(fromAbi(request_.id));
  advance();
}

// The request's path through the phases. Two checks of the kernel's own sit between them: after admission, whether
// there is such a route; after authentication, whether a route that needs a principal has one.
void Exchange::advance() {
  advancing_ = true;
  setHolder(Holder::kPlugin);
  while (!answered_) {
    if (!route_checked_ && step_ >= site_->admit_end) {
      route_checked_ = true;
      if (parser_.isHttpsTarget() && connection_ && !connection_->mayServeHttps()) {
        answer(421, "The target is an https one, and this connection is not secured.");
        break;
      }
      if (reactor_.options().strict_host && connection_ && !parser_.host().empty() &&
          !connection_->speaksFor(parser_.host())) {
        answer(421, "The certificate of this connection is not for the host that is asked for.");
        break;
      }
      if (!match_.route) {
        answerNotFound();
        break;
      }
    }
    if (!principal_checked_ && step_ >= site_->authenticate_end) {
      principal_checked_ = true;
      if (needsPrincipal() && !request_.principal) {
        answerUnauthorised();
        break;
      }
    }
    if (step_ == site_->before.size()) {
      callHandler();
      break;
    }
    const Filter& filter = site_->before[step_++];
    if (suspect(filter.calls) && !admits(filter)) continue;
    filter_ = &filter;
    resumed_ = false;
    principal_before_ = request_.principal;
    std::int32_t outcome = call(filter);
    if (outcome == KAVRO_FILTER_SUSPENDED) {
      if (!resumed_) {
        const auto timeout = filter.policy.filter_timeout;
        deadline_ = timeout.count() > 0 ? reactor_.now() + timeout : Clock::time_point::max();
        break;
      }
      outcome = outcome_;  // resume() came before the filter returned
      setHolder(Holder::kPlugin);
    }
    // It has answered, or somebody to whom it gave the exchange. Should the latter do so after this, the next look here
    // or in answer() sees it: between filters the holder stays kPlugin, so that each costs a load and no exchange.
    if (holderOf(state_.load(std::memory_order_acquire)) != Holder::kPlugin) break;
    checkMemory();
    if (trial_) endTrial(outcome == KAVRO_FILTER_CONTINUE ? PluginCalls::Trial::kGood : PluginCalls::Trial::kBad);
    if (outcome != KAVRO_FILTER_CONTINUE) filterFailed(filter);
    if (!pending_.lines.empty()) added_.take(pending_);
  }
  advancing_ = false;
}

// False: the filter is not to be called, and what its plugin wants then has been done.
bool Exchange::admits(const Filter& filter) {
  switch (filter.calls->admit(reactor_.now())) {
    case PluginCalls::Admission::kCall: return true;
    case PluginCalls::Admission::kTrial: trial_ = filter.calls.get(); return true;
    case PluginCalls::Admission::kRefused: break;
  }
  if (filter.policy.on_failure == OnFailure::kClosed) answerQuarantined(*filter.calls);
  return false;
}

std::int32_t Exchange::call(const Filter& filter) {
  const PluginCall call(reactor_, filter.calls.get(), timed_);
  try {
    return filter.run(filter.user, this, &request_);
  } catch (const std::exception& error) {
    threw(filter.owner, nullptr, error.what());
  } catch (...) {
    threw(filter.owner, nullptr, "one that is no std::exception");
  }
  return KAVRO_FILTER_FAILED;
}

// Nothing a plugin throws should come here: its side of the boundary turns exceptions into answers.
void Exchange::threw(std::string_view owner, PluginCalls* calls, std::string_view why) {
  reactor_.shared().log.error(owner, describe() + ": it let an exception out to the kernel: " + std::string(why));
  if (calls) calls->countFailure(Clock::now());
}

void Exchange::callHandler() {
  const Route& route = *match_.route;
  filter_ = nullptr;
  if (suspect(route.calls)) {
    switch (route.calls->admit(reactor_.now())) {
      case PluginCalls::Admission::kCall: break;
      case PluginCalls::Admission::kTrial: trial_ = route.calls.get(); break;
      case PluginCalls::Admission::kRefused: return answerQuarantined(*route.calls);
    }
  }
  if (parser_.isConditional() && !mayBeDone()) {
    if (!(route.flags & KAVRO_ROUTE_CONDITIONS)) {
      endTrial(PluginCalls::Trial::kUndecided);
      return answer(412, kConditionFailed);
    }
    request_.flags |= KAVRO_REQUEST_CONDITION_FAILED;
  }
  const auto timeout = route.policy.handler_timeout;
  deadline_ = timeout.count() > 0 ? reactor_.now() + timeout : Clock::time_point::max();
  principal_before_ = request_.principal;
  if (!(route.flags & KAVRO_ROUTE_BLOCKING)) {
    const PluginCall call(reactor_, route.calls.get(), timed_);
    try {
      return route.handle(route.user, this, &request_);
    } catch (const std::exception& error) {
      threw(route.owner, route.calls.get(), error.what());
    } catch (...) {
      threw(route.owner, route.calls.get(), "one that is no std::exception");
    }
    if (!takeBack()) return;
    endTrial(PluginCalls::Trial::kBad);
    return answer(500, kSomethingWrong);
  }
  if (!hand(Holder::kPlugin, Holder::kQueued)) return endTrial(PluginCalls::Trial::kUndecided);
  try {
    const bool accepted = reactor_.shared().executor.submit(
        [](void* user) { static_cast<Exchange*>(user)->runOnWorker(); }, this, timeout);
    if (accepted) return;
  } catch (const std::bad_alloc&) {  // for its place in the queue
  }
  setHolder(Holder::kKernel);
  endTrial(PluginCalls::Trial::kUndecided);
  answer(503, "The server is busy. Try again.", {{toAbi("Retry-After"), toAbi(kRetryAfterSeconds)}});
}

// [worker] Once the handler has answered, this may be another request's, so what is needed after it is kept here; the
// site too, since the plugin's code is on this stack until the handler returns.
void Exchange::runOnWorker() {
  const std::uint64_t turn = turnOf(state_.load(std::memory_order_acquire));
  if (!hand(turn, Holder::kQueued, Holder::kPlugin)) return late("came to a worker");
  const std::shared_ptr<const Site> site = site_;
  const Route& route = *match_.route;
  host::Log& log = reactor_.shared().log;
  const RequestId id(fromAbi(request_.id));
  const host::CallContext context(id.view());
  if (route.calls) {
    if (!trial_ && route.calls->state() == PluginCalls::State::kQuarantined) {
      if (!hand(turn, Holder::kPlugin, Holder::kAnswered)) return late("came to a worker");
      return giveProblem(503, kQuarantined, std::to_string(route.calls->retryAfter(Clock::now()).count()));
    }
    route.calls->countCall(PluginCalls::kSharedSlot);
  }
  std::string why;
  try {
    return route.handle(route.user, this, &request_);
  } catch (const std::exception& error) {
    ifPossible([&why, &error] { why = error.what(); });
  } catch (...) {
    ifPossible([&why] { why = "one that is no std::exception"; });
  }
  ifPossible([&log, &route, &why] {
    log.error(route.owner, route.method + ' ' + route.pattern + ": it let an exception out to the kernel: " + why);
    if (route.calls) route.calls->countFailure(Clock::now());
  });
  if (!hand(turn, Holder::kPlugin, Holder::kAnswered)) {
    if (state_.load(std::memory_order_acquire) == turn + static_cast<std::uint64_t>(Holder::kExpired)) late("failed");
    return;
  }
  ifPossible([this] { endTrial(PluginCalls::Trial::kBad); });
  giveProblem(500, kSomethingWrong);
}

void Exchange::endTrial(PluginCalls::Trial trial) {
  if (!trial_) return;
  std::exchange(trial_, nullptr)->endTrial(trial, Clock::now());
}

void Exchange::answerQuarantined(const PluginCalls& calls) {
  const std::string seconds = std::to_string(calls.retryAfter(reactor_.now()).count());
  answer(503, kQuarantined, {{toAbi("Retry-After"), toAbi(seconds)}});
}

void Exchange::filterFailed(const Filter& filter) {
  const bool open = filter.policy.on_failure == OnFailure::kOpen;
  reactor_.shared().log.error(filter.owner, describe() + ": its filter failed; the request " +
                                                (open ? "goes on (on_failure = open)"
                                                      : "is refused (on_failure = closed)"));
  if (filter.calls) filter.calls->countFailure(Clock::now());
  if (open) return;
  answer(503, kCannotCheck, {{toAbi("Retry-After"), toAbi(kRetryAfterSeconds)}});
}

void Exchange::refuse(int status, std::string_view detail, std::vector<kavro_field> fields) {
  if (!site_) site_ = reactor_.site();
  running_ = true;
  ReactorCounters::add(reactor_.counters().running);
  keep_alive_ = false;
  guarded([&] {
    fillRequest();
    const host::CallContext context(fromAbi(request_.id));
    advancing_ = true;
    answer(status, detail, std::move(fields));
    advancing_ = false;
  });
}

// The kernel's own answer, unless a plugin has given one.
void Exchange::answer(int status, std::string_view detail, std::vector<kavro_field> fields) {
  if (!takeBack()) return;
  fields.insert(fields.begin(), {toAbi("Content-Type"), toAbi(kProblemType)});
  const std::string body = problemJson(status, detail);
  finish(asResponse(status, fields, body));
}

kavro_status Exchange::respond(const kavro_response& response) {
  kavro_status status = KAVRO_INVALID;
  if (!hand(Holder::kPlugin, Holder::kAnswered)) {
    late("answered");
  } else if (const std::string_view why = whyInvalid(response); !why.empty()) {
    ifPossible([this, why] {
      reactor_.shared().log.error(owner(), describe() + ": it gave an answer that cannot be sent: " + std::string(why));
      if (calls()) calls()->countFailure(Clock::now());
      endTrial(PluginCalls::Trial::kBad);
    });
    giveProblem(500, kSomethingWrong);
  } else {
    ifPossible([this] { endTrial(PluginCalls::Trial::kGood); });
    give(response);
    status = KAVRO_OK;
  }
  if (response.release) response.release(response.owner);
  return status;
}

// After it this may be gone: the reactor may have taken the answer and given the exchange to another request.
void Exchange::give(const kavro_response& response) {
  if (reactor_.isCurrentThread()) {
    guarded([this, &response] { finish(response); });
    if (!advancing_) completed();
    return;
  }
  try {
    kept_ = std::make_unique<Kept>();
    kept_->status = response.status;
    kept_->body = fromAbi(response.body);
    for (std::size_t i = 0; i < response.field_count; ++i) {
      kept_->fields.emplace_back(fromAbi(response.fields[i].name), fromAbi(response.fields[i].value));
    }
  } catch (const std::bad_alloc&) {
    no_memory_ = true;
  }
  reactor_.post([](void* user) { static_cast<Exchange*>(user)->finishKept(); }, this);
}

void Exchange::giveProblem(int status, std::string_view detail, std::string_view retry_after) {
  std::vector<kavro_field> fields;
  std::string body;
  try {
    fields.push_back({toAbi("Content-Type"), toAbi(kProblemType)});
    if (!retry_after.empty()) fields.push_back({toAbi("Retry-After"), toAbi(retry_after)});
    body = problemJson(status, detail);
  } catch (const std::bad_alloc&) {
    no_memory_ = true;
  }
  give(asResponse(status, fields, body));
}

void Exchange::finishKept() {
  finishing_ = true;
  guarded([this] {
    checkMemory();
    const std::unique_ptr<Kept> kept = std::move(kept_);
    std::vector<kavro_field> fields;
    for (const auto& [name, value] : kept->fields) fields.push_back({toAbi(name), toAbi(value)});
    const host::CallContext context(fromAbi(request_.id));
    finish(asResponse(kept->status, fields, kept->body));
  });
  completed();
}

// Filters of RESPOND and OBSERVE: nothing that they do can change whether there is an answer.
void Exchange::lookAt(const std::vector<Filter>& filters) {
  for (const Filter& filter : filters) {
    PluginCalls* const calls = filter.calls.get();
    const auto admission =
        suspect(filter.calls) ? calls->admit(reactor_.now()) : PluginCalls::Admission::kCall;
    if (admission == PluginCalls::Admission::kRefused) continue;
    const bool failed = call(filter) == KAVRO_FILTER_FAILED;
    if (failed && calls) calls->countFailure(Clock::now());
    if (admission == PluginCalls::Admission::kTrial) {
      calls->endTrial(failed ? PluginCalls::Trial::kBad : PluginCalls::Trial::kGood, Clock::now());
    }
  }
}

// The one place where an answer leaves: response filters, the wire, observers.
void Exchange::finish(const kavro_response& given) {
  setHolder(Holder::kAnswered);
  finishing_ = true;
  checkMemory();
  if (!pending_.lines.empty()) added_.take(pending_);
  std::optional<ConditionalAnswer> conditional;
  if (parser_.isConditional() && given.status < 300 && isSafe(parser_.method())) {
    conditional.emplace(given, parser_.fields(), parser_.method());
  }
  const kavro_response& wanted = conditional ? conditional->response() : given;
  std::optional<ErrorAnswer> error;
  if (wanted.status >= 400) error.emplace(wanted, fromAbi(request_.id), added_.names);
  const kavro_response& response = error ? error->response() : wanted;
  response_ = &response;
  lookAt(site_->respond);
  checkMemory();
  if (!pending_.lines.empty()) added_.take(pending_);
  if (reactor_.draining() || (connection_ && connection_->retired())) keep_alive_ = false;
  if (connection_) {
    const ResponseFrame frame{*site_,
                              reactor_.date(),
                              added_.lines,
                              added_.names,
                              parser_.method() == "HEAD",  // also of a request that is refused
                              keep_alive_,
                              parser_.state() == RequestParser::State::kComplete ? parser_.minorVersion() : 1};
    write(response, frame);
  }
  lookAt(site_->observe);
  RequestMetrics* const metrics = reactor_.shared().metrics;
  RequestMetrics::Series* series = match_.route ? match_.route->metrics : nullptr;
  if (!match_.route && metrics) series = &metrics->unmatched(fromAbi(request_.method));
  if (series) series->count(reactor_.slot(), response.status, Clock::now() - started_);
  response_ = nullptr;
  finishing_ = false;
  answered_ = true;
  running_ = false;
  ReactorCounters::subtract(reactor_.counters().running);
}

// Answered outside of run(): the connection goes on, or an orphan ends.
void Exchange::completed() {
  if (connection_) return connection_->exchangeDone();
  reactor_.removeOrphan(*this);
  reactor_.giveBack(std::unique_ptr<Exchange>(this));
}

void Exchange::orphan() {
  connection_ = nullptr;
  reactor_.addOrphan(*this);
}

void Exchange::resume(std::int32_t outcome) {
  if (!hand(Holder::kPlugin, Holder::kResumed)) return late("resumed");
  outcome_ = outcome;
  if (reactor_.isCurrentThread() && advancing_) {
    resumed_ = true;
    return;
  }
  ifPossible([this, outcome] {
    endTrial(outcome == KAVRO_FILTER_CONTINUE ? PluginCalls::Trial::kGood : PluginCalls::Trial::kBad);
  });
  reactor_.post([](void* user) { static_cast<Exchange*>(user)->goOnAfterFilter(); }, this);
}

void Exchange::goOnAfterFilter() {
  setHolder(Holder::kKernel);
  guarded([this] {
    const host::CallContext context(fromAbi(request_.id));
    checkMemory();
    added_.take(pending_);
    advancing_ = true;
    if (outcome_ != KAVRO_FILTER_CONTINUE) filterFailed(*filter_);
    if (!answered_) advance();
    advancing_ = false;
  });
  if (answered_) completed();
}

void Exchange::abandon(kavro_status status, std::string_view why) {
  if (!hand(Holder::kPlugin, Holder::kAnswered)) return late("gave up");
  const bool later = status == KAVRO_UNAVAILABLE || status == KAVRO_TIMEOUT;
  ifPossible([this, later, why] {
    reactor_.shared().log.error(owner(), describe() + ": " + std::string(why));
    if (!later && calls()) calls()->countFailure(Clock::now());
    endTrial(later ? PluginCalls::Trial::kUndecided : PluginCalls::Trial::kBad);
  });
  if (later) return giveProblem(503, "Not available right now. Try again.", kRetryAfterSeconds);
  giveProblem(500, kSomethingWrong);
}

void Exchange::post(void (*function)(void*), void* user) {
  reactor_.post(function, user, site_, calls(), fromAbi(request_.id));
}

std::string_view Exchange::owner() const {
  if (filter_) return filter_->owner;
  return match_.route ? std::string_view(match_.route->owner) : "http";
}

PluginCalls* Exchange::calls() const {
  if (filter_) return filter_->calls.get();
  return match_.route ? match_.route->calls.get() : nullptr;
}

std::string Exchange::describe() const {
  return std::string(fromAbi(request_.method)) + ' ' + std::string(fromAbi(request_.route));
}

}  // namespace kavro::http
