// One connection to Redis, from its first byte to its first error: hiredis's asynchronous context (hiredis/async.h),
// whose events the owner polls for. After an error it is of no use any more and is destroyed; hiredis 0.14 says the
// same. What Redis may answer is bounded (reply_bounds.hpp), and after an answer that no Redis gives to the question
// none is believed any more.
//
//   kOpening   connecting, and then, in one go: AUTH, SELECT, SCRIPT LOAD, and one hit of a key of its own. Only that
//              last answer proves that Redis is there, lets us in and counts: a stopped process still accepts
//              connections, and a replica or a full Redis loads the script all the same.
//   kReady     hit() and reset() are taken
//   kFailed    failure() says why
//
// Time-outs are the owner's: hiredis 0.14 has none for asynchronous contexts. Commands are collected until flush() or
// the next handle(), and then written together.
//
// Threads: one. open() may block while it resolves the name of a host. Errors: everything becomes kFailed.
#pragma once

#include <hiredis/async.h>

#include <functional>
#include <string>
#include <string_view>

#include "address.hpp"
#include "failure.hpp"
#include "limit.hpp"
#include "reply_bounds.hpp"

namespace kavro::limiter_redis {

class Connection {
 public:
  enum class State { kOpening, kReady, kFailed };
  // What is cached in Redis is asked for by its hash; kText sends the script itself, which Redis then caches.
  enum class Script { kHash, kText };

  struct Options {
    Address address;
    std::string user;      // empty: none
    std::string password;  // empty: none
    std::string keyPrefix;
  };
  // An answer to the hit() or reset() that `user` was given to. From within handle() and flush(); must not destroy the
  // connection. Nothing is told of commands that were not answered when the connection failed or is destroyed.
  using OnReply = std::function<void(void* user, const redisReply& reply)>;

  // Opens. Both arguments outlive the connection.
  Connection(const Options& options, const OnReply& onReply);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  State state() const { return state_; }
  const Failure& failure() const { return failure_; }
  void fail(Failure failure);

  // For poll(2). The descriptor is -1 when there is nothing to poll for.
  int descriptor() const { return context_ ? context_->c.fd : -1; }
  short events() const;
  void handle(short events);

  void hit(std::string_view key, const Limit& limit, Script script, void* user);
  void reset(std::string_view key, void* user);
  void flush();

 private:
  void open();
  void greet();
  void read();
  template <std::size_t kWords>
  void send(redisCallbackFn* callback, void* user, const std::string_view (&words)[kWords]);

  // Runs `handle(connection, reply, user)`, unless the connection is being closed.
  template <auto kHandle>
  static void onAnswer(redisAsyncContext* context, void* reply, void* user) noexcept;
  void handleLogin(const redisReply& reply, void*);
  void handleSelect(const redisReply& reply, void*);
  void handleScript(const redisReply& reply, void*);
  void handleProbe(const redisReply& reply, void*);
  void handleCommand(const redisReply& reply, void* user);
  static void onConnect(const redisAsyncContext* context, int status) noexcept;
  static void onDisconnect(const redisAsyncContext* context, int status) noexcept;

  const Options& options_;
  const OnReply& onReply_;
  State state_ = State::kOpening;
  Failure failure_{};
  ReplyBounds bounds_;
  redisAsyncContext* context_ = nullptr;  // hiredis frees it after an error; then null
  bool wantsRead_ = false;
  bool wantsWrite_ = false;
  std::string hash_;  // of the script, as SCRIPT LOAD answered
};

}  // namespace kavro::limiter_redis
