#include "connection.hpp"

#include <fcntl.h>
#include <poll.h>

#include <exception>
#include <iterator>

#include "hit_answer.hpp"
#include "hit_script.hpp"

namespace kavro::limiter_redis {
namespace {

constexpr short kBroken = POLLERR | POLLHUP;
// Large enough that the probe is never denied: a denied hit writes nothing, and would prove nothing.
constexpr Limit kProbeLimit{1'000'000'000, std::chrono::seconds(1), {}};
constexpr std::string_view kProbeKey = "limiter-redis:probe";
constexpr std::size_t kHashBytes = 40;  // SHA-1 in hexadecimal; part of every command

std::string_view textOf(const redisReply& reply) { return {reply.str, reply.len}; }

}  // namespace

Connection::Connection(const Options& options, const OnReply& onReply) : options_(options), onReply_(onReply) {
  open();
}

Connection::~Connection() {
  if (!context_) return;
  context_->data = nullptr;  // what hiredis calls from now on is not for us
  redisAsyncFree(context_);
}

void Connection::open() {
  const Address& address = options_.address;
  redisAsyncContext* context = address.isUnix() ? redisAsyncConnectUnix(address.path.c_str())
                                                : redisAsyncConnect(address.host.c_str(), address.port);
  if (!context) return fail(noConnection("out of memory"));
  if (context->err != 0) {
    fail(noConnection(context->errstr));
    redisAsyncFree(context);
    return;
  }
  context_ = context;
  bounds_.install(*context);
  fcntl(context->c.fd, F_SETFD, FD_CLOEXEC);
  context->data = this;
  context->ev.data = this;
  context->ev.addRead = [](void* self) { static_cast<Connection*>(self)->wantsRead_ = true; };
  context->ev.delRead = [](void* self) { static_cast<Connection*>(self)->wantsRead_ = false; };
  context->ev.addWrite = [](void* self) { static_cast<Connection*>(self)->wantsWrite_ = true; };
  context->ev.delWrite = [](void* self) { static_cast<Connection*>(self)->wantsWrite_ = false; };
  context->ev.cleanup = [](void* self) { static_cast<Connection*>(self)->context_ = nullptr; };
  redisAsyncSetConnectCallback(context, onConnect);
  redisAsyncSetDisconnectCallback(context, onDisconnect);
  greet();
}

void Connection::greet() {
  const std::string_view password = options_.password;
  if (!options_.user.empty()) {
    send(onAnswer<&Connection::handleLogin>, nullptr, {"AUTH", options_.user, password});
  } else if (!password.empty()) {
    send(onAnswer<&Connection::handleLogin>, nullptr, {"AUTH", password});
  }
  if (options_.address.database != 0) {
    const std::string database = std::to_string(options_.address.database);
    send(onAnswer<&Connection::handleSelect>, nullptr, {"SELECT", database});
  }
  send(onAnswer<&Connection::handleScript>, nullptr, {"SCRIPT", "LOAD", kHitScript});
  const std::string key = options_.keyPrefix + std::string(kProbeKey);
  const std::string count = std::to_string(kProbeLimit.countMax), window = std::to_string(kProbeLimit.window.count());
  send(onAnswer<&Connection::handleProbe>, nullptr, {"EVAL", kHitScript, "1", key, count, window, "0"});
}

void Connection::fail(Failure failure) {
  if (state_ == State::kFailed) return;  // the first reason is the cause
  state_ = State::kFailed;
  failure_ = std::move(failure);
}

short Connection::events() const { return static_cast<short>((wantsRead_ ? POLLIN : 0) | (wantsWrite_ ? POLLOUT : 0)); }

void Connection::handle(short events) {
  if (context_ && wantsWrite_ && (events & (POLLOUT | kBroken))) redisAsyncHandleWrite(context_);
  if (context_ && state_ != State::kFailed && (events & (POLLIN | kBroken))) read();
}

void Connection::read() {
  redisAsyncHandleRead(context_);
  if (context_) bounds_.look();
  if (bounds_.refusal()) fail(strangeAnswer(bounds_.refusal()));
}

void Connection::flush() {
  if (context_ && wantsWrite_ && state_ == State::kReady) redisAsyncHandleWrite(context_);
}

void Connection::hit(std::string_view key, const Limit& limit, Script script, void* user) {
  const std::string prefixed = options_.keyPrefix + std::string(key);
  const std::string count = std::to_string(limit.countMax), window = std::to_string(limit.window.count()),
                    block = std::to_string(limit.block.count());
  if (script == Script::kHash) {
    send(onAnswer<&Connection::handleCommand>, user, {"EVALSHA", hash_, "1", prefixed, count, window, block});
  } else {
    send(onAnswer<&Connection::handleCommand>, user, {"EVAL", kHitScript, "1", prefixed, count, window, block});
  }
}

void Connection::reset(std::string_view key, void* user) {
  const std::string prefixed = options_.keyPrefix + std::string(key);
  send(onAnswer<&Connection::handleCommand>, user, {"DEL", prefixed});
}

// With lengths (Argv), because keys may hold any byte.
template <std::size_t kWords>
void Connection::send(redisCallbackFn* callback, void* user, const std::string_view (&words)[kWords]) {
  if (!context_) return;
  const char* data[kWords];
  std::size_t sizes[kWords];
  for (std::size_t i = 0; i < kWords; ++i) {
    data[i] = words[i].data();
    sizes[i] = words[i].size();
  }
  // hiredis 0.14 does not say when it had no memory to remember the callback, and aborts when the answer comes: a
  // connection on which that happened must not be read from again.
  const redisCallback* const last = context_->replies.tail;
  if (redisAsyncCommandArgv(context_, callback, user, static_cast<int>(kWords), data, sizes) != REDIS_OK ||
      context_->replies.tail == last) {
    fail(noConnection("a command could not be queued"));
  }
}

// Called from hiredis, which is C: nothing may be thrown through it.
template <auto kHandle>
void Connection::onAnswer(redisAsyncContext* context, void* reply, void* user) noexcept {
  auto* const self = static_cast<Connection*>(context->data);
  if (!self || !reply || self->state_ == State::kFailed) return;
  try {
    (self->*kHandle)(*static_cast<const redisReply*>(reply), user);
  } catch (const std::exception& error) {
    self->fail(noConnection(error.what()));
  }
}

void Connection::handleLogin(const redisReply& reply, void*) {
  if (reply.type == REDIS_REPLY_ERROR) return fail(failureOfLogin(textOf(reply)));
  if (reply.type != REDIS_REPLY_STATUS) fail(strangeAnswer("it answers AUTH with something else than OK"));
}

void Connection::handleSelect(const redisReply& reply, void*) {
  if (reply.type == REDIS_REPLY_ERROR) return fail(failureOfGreeting(textOf(reply)));
  if (reply.type != REDIS_REPLY_STATUS) fail(strangeAnswer("it answers SELECT with something else than OK"));
}

void Connection::handleScript(const redisReply& reply, void*) {
  if (reply.type == REDIS_REPLY_ERROR) return fail(failureOfGreeting(textOf(reply)));
  if (reply.type != REDIS_REPLY_STRING || reply.len != kHashBytes) {
    return fail(strangeAnswer("it answers SCRIPT LOAD with something else than a hash"));
  }
  hash_ = textOf(reply);
}

void Connection::handleProbe(const redisReply& reply, void*) {
  if (reply.type == REDIS_REPLY_ERROR) return fail(failureOfGreeting(textOf(reply)));
  if (!decisionOf(reply, kProbeLimit)) return fail(strangeAnswer(kStrangeHitAnswer));
  state_ = State::kReady;
}

void Connection::handleCommand(const redisReply& reply, void* user) { onReply_(user, reply); }

void Connection::onConnect(const redisAsyncContext* context, int status) noexcept {
  auto* const self = static_cast<Connection*>(context->data);
  if (!self) return;
  if (status != REDIS_OK) return self->fail(noConnection(context->c.errstr));
  // So that a router does not forget a connection on which nothing happens.
  if (!self->options_.address.isUnix()) redisEnableKeepAlive(&self->context_->c);
}

void Connection::onDisconnect(const redisAsyncContext* context, int) noexcept {
  auto* const self = static_cast<Connection*>(context->data);
  if (!self) return;
  const char* const refusal = self->bounds_.refusal();
  self->fail(refusal ? strangeAnswer(refusal) : noConnection(context->errstr));
}

}  // namespace kavro::limiter_redis
