#include "kernel/http/exchange.hpp"

#include <algorithm>
#include <cstdio>

#include <kavro/response.hpp>
#include <kavro/text.hpp>

#include "kernel/http/connection.hpp"
#include "kernel/http/reactor.hpp"
#include "kernel/http/response_writer.hpp"

namespace kavro::http {

namespace {

constexpr std::size_t kAllocateBytesMax = 64 * 1024;
constexpr std::string_view kRetryAfterSeconds = "1";

bool isKnownMethod(std::string_view method) {
  for (const std::string_view known : {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"}) {
    if (method == known) return true;
  }
  return false;
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

Exchange::Exchange(Reactor& reactor) : reactor_(reactor), parser_(reactor.options().limits) {}

void Exchange::reset() {
  parser_.reset();
  arena_.reset();
  site_.reset();
  match_ = {};
  request_ = {};
  step_ = 0;
  route_checked_ = principal_checked_ = false;
  running_ = advancing_ = resumed_ = answered_ = keep_alive_ = false;
  responded_.store(false, std::memory_order_relaxed);
  added_fields_.clear();
  added_names_.clear();
  response_ = nullptr;
  kept_.reset();
}

void Exchange::beginRequest() {
  site_ = reactor_.site();
  match_ = site_->router.find(parser_.method(), parser_.path(), arena_);
}

std::uint64_t Exchange::bodyBytesMax() const {
  const std::uint64_t server = reactor_.options().limits.body_bytes_max;
  if (!match_.route || match_.route->body_bytes_max == 0) return server;
  return std::min(server, match_.route->body_bytes_max);
}

void Exchange::fillRequest() {
  char id[16];
  reactor_.writeRequestId(id);
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  request_.size = sizeof request_;
  request_.received_us = time.tv_sec * 1'000'000 + time.tv_nsec / 1000;
  request_.id = toAbi(arena_.copy({id, sizeof id}));
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
  reactor_.countRunning(1);
  keep_alive_ = parser_.keepAlive();
  fillRequest();
  advance();
}

// The request's path through the phases. Two checks of the kernel's own sit between them: after admission, whether
// there is such a route; after authentication, whether a route that needs a principal has one.
void Exchange::advance() {
  advancing_ = true;
  while (!answered_) {
    if (!route_checked_ && step_ >= site_->admit_end) {
      route_checked_ = true;
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
    resumed_ = false;
    std::int32_t outcome = filter.run(filter.user, this, &request_);
    if (outcome == KAVRO_FILTER_SUSPENDED) {
      if (!resumed_) break;
      outcome = outcome_;  // resume() came before the filter returned
    }
    if (outcome == KAVRO_FILTER_ANSWERED) break;
    if (outcome != KAVRO_FILTER_CONTINUE) filterFailed(filter);
  }
  advancing_ = false;
}

void Exchange::callHandler() {
  const Route& route = *match_.route;
  if (!(route.flags & KAVRO_ROUTE_BLOCKING)) return route.handle(route.user, this, &request_);
  const bool accepted = reactor_.shared().executor.submit(
      [](void* user) {
        Exchange& self = *static_cast<Exchange*>(user);
        const Route& blocking = *self.match_.route;
        blocking.handle(blocking.user, &self, &self.request_);
      },
      this);
  if (accepted) return;
  answer(503, "The server is busy. Try again.", {{toAbi("Retry-After"), toAbi(kRetryAfterSeconds)}});
}

void Exchange::answerNotFound() {
  const std::string_view method = parser_.method();
  if (!isKnownMethod(method)) return answer(501, "This server does not know that method.");
  if (method == "OPTIONS" && (match_.path_known || parser_.path() == "*")) {
    const std::string_view allow = match_.path_known ? match_.allow : "GET, HEAD, OPTIONS, POST";
    if (responded_.exchange(true)) return;
    return finish(asResponse(204, {{toAbi("Allow"), toAbi(allow)}}, {}));
  }
  if (!match_.path_known) return answer(404, "There is nothing at this path.");
  answer(405, "This path does not take that method.", {{toAbi("Allow"), toAbi(match_.allow)}});
}

void Exchange::answerUnauthorised() {
  answer(401, "Not authenticated", {{toAbi("WWW-Authenticate"), toAbi(site_->challenges)}});
}

void Exchange::filterFailed(const Filter& filter) {
  reactor_.shared().log.error(filter.owner, "its filter failed" + std::string(filter.on_failure == OnFailure::kOpen
                                                                                  ? "; the request goes on"
                                                                                  : "; the request is refused"));
  if (filter.on_failure == OnFailure::kOpen) return;
  answer(503, "A check that this request needs cannot be made now. Try again.",
         {{toAbi("Retry-After"), toAbi(kRetryAfterSeconds)}});
}

void Exchange::refuse(int status, std::string_view detail) {
  if (!site_) site_ = reactor_.site();
  running_ = true;
  reactor_.countRunning(1);
  keep_alive_ = false;
  fillRequest();
  advancing_ = true;
  answer(status, detail);
  advancing_ = false;
}

void Exchange::answer(int status, std::string_view detail, std::vector<kavro_field> fields) {
  if (responded_.exchange(true)) return;
  fields.insert(fields.begin(), {toAbi("Content-Type"), toAbi("application/problem+json")});
  const std::string body = problemJson(status, detail);
  finish(asResponse(status, fields, body));
}

kavro_status Exchange::respond(const kavro_response& response) {
  if (responded_.exchange(true)) {
    reactor_.shared().log.error(owner(), "answered the same request twice");
    return KAVRO_INVALID;
  }
  kavro_status status = KAVRO_OK;
  kavro_response checked = response;
  std::vector<kavro_field> fields;
  std::string body;
  const std::string_view why = whyInvalid(response);
  if (!why.empty()) {
    reactor_.shared().log.error(owner(), "gave an answer that cannot be sent: " + std::string(why));
    fields = {{toAbi("Content-Type"), toAbi("application/problem+json")}};
    body = problemJson(500, "Something went wrong. Please try again.");
    checked = asResponse(500, fields, body);
    status = KAVRO_INVALID;
  }
  // From here on this may be gone: the reactor may have taken the answer and deleted the exchange.
  if (reactor_.isCurrentThread()) {
    finish(checked);
    if (!advancing_) completed();
  } else {
    kept_ = std::make_unique<Kept>();
    kept_->status = checked.status;
    kept_->body = fromAbi(checked.body);
    for (std::size_t i = 0; i < checked.field_count; ++i) {
      kept_->fields.emplace_back(fromAbi(checked.fields[i].name), fromAbi(checked.fields[i].value));
    }
    reactor_.post([](void* user) { static_cast<Exchange*>(user)->finishKept(); }, this);
  }
  if (response.release) response.release(response.owner);
  return status;
}

void Exchange::finishKept() {
  const std::unique_ptr<Kept> kept = std::move(kept_);
  std::vector<kavro_field> fields;
  for (const auto& [name, value] : kept->fields) fields.push_back({toAbi(name), toAbi(value)});
  finish(asResponse(kept->status, fields, kept->body));
  completed();
}

// The one place where an answer leaves: response filters, the wire, observers.
void Exchange::finish(const kavro_response& response) {
  response_ = &response;
  for (const Filter& filter : site_->respond) filter.run(filter.user, this, &request_);
  if (reactor_.draining()) keep_alive_ = false;
  if (connection_) {
    const ResponseFrame frame{*site_,
                              reactor_.date(),
                              added_fields_,
                              added_names_,
                              fromAbi(request_.method) == "HEAD",
                              keep_alive_,
                              parser_.state() == RequestParser::State::kComplete ? parser_.minorVersion() : 1};
    writeResponse(connection_->output(), response, frame);
  }
  for (const Filter& filter : site_->observe) filter.run(filter.user, this, &request_);
  response_ = nullptr;
  answered_ = true;
  running_ = false;
  reactor_.countRunning(-1);
}

// Answered outside of run(): the connection goes on, or an orphan ends.
void Exchange::completed() {
  if (connection_) return connection_->exchangeDone();
  delete this;
}

void Exchange::resume(std::int32_t outcome) {
  outcome_ = outcome;
  if (reactor_.isCurrentThread() && advancing_) {
    resumed_ = true;
    return;
  }
  reactor_.post(
      [](void* user) {
        Exchange& self = *static_cast<Exchange*>(user);
        if (self.outcome_ != KAVRO_FILTER_CONTINUE) self.filterFailed(self.site_->before[self.step_ - 1]);
        if (!self.answered_) self.advance();
        if (self.answered_) self.completed();
      },
      this);
}

void Exchange::abandon(kavro_status status, std::string_view why) {
  const bool later = status == KAVRO_UNAVAILABLE || status == KAVRO_TIMEOUT;
  reactor_.shared().log.error(owner(), std::string(fromAbi(request_.method)) + ' ' +
                                           std::string(fromAbi(request_.route)) + ": " + std::string(why));
  std::vector<kavro_field> fields{{toAbi("Content-Type"), toAbi("application/problem+json")}};
  if (later) fields.push_back({toAbi("Retry-After"), toAbi(kRetryAfterSeconds)});
  const std::string body =
      later ? problemJson(503, "Not available right now. Try again.")
            : problemJson(500, "Something went wrong. Please try again.");
  respond(asResponse(later ? 503 : 500, fields, body));
}

void Exchange::post(void (*call)(void*), void* user) { reactor_.post(call, user); }

kavro_status Exchange::addField(std::string_view name, std::string_view value) {
  if (!whyInvalid(name, value).empty()) return KAVRO_INVALID;
  added_fields_.append(name).append(": ").append(value).append("\r\n");
  added_names_.emplace_back(name);
  return KAVRO_OK;
}

void Exchange::setPrincipal(std::int64_t id, std::string_view name) {
  principal_ = {sizeof principal_, id, toAbi(arena_.copy(name))};
  request_.principal = &principal_;
}

void* Exchange::allocate(std::size_t bytes, std::size_t alignment) {
  const bool possible = bytes <= kAllocateBytesMax && alignment <= alignof(std::max_align_t);
  return possible ? arena_.allocate(bytes, alignment) : nullptr;
}

std::string_view Exchange::owner() const { return match_.route ? std::string_view(match_.route->owner) : "http"; }

}  // namespace kavro::http
