// What is taken from Redis at all. hiredis 0.14 makes an object of whatever it reads, however large, and asserts that each
// was asked for: a proxy that answers twice would end the server. Here hiredis asks before it makes one, and a refusal is
// an error to it like any other: it closes the connection.
//
//   an answer while no command waits for one   refused, unless it is an error: that, hiredis itself takes for the end
//   an array                                   at most kElementsMax parts, and none of them an array
//   an answer that is not complete yet         at most kIncompleteBytesMax
//
// The longest answer that we ask for has three numbers, or the 40 characters of a hash; errors are longer.
// Threads: the connection's.
#pragma once

#include <hiredis/async.h>

#include <cstddef>

namespace kavro::limiter_redis {

class ReplyBounds {
 public:
  static constexpr int kElementsMax = 16;
  static constexpr std::size_t kIncompleteBytesMax = 16 * 1024;

  ReplyBounds();
  ReplyBounds(const ReplyBounds&) = delete;
  ReplyBounds& operator=(const ReplyBounds&) = delete;

  // Once. The context must end before this object does.
  void install(redisAsyncContext& context);

  // To be called when something was read, for hiredis waits for the rest of an answer without asking.
  void look();

  // What was refused, as a phrase that can follow "Redis is away: "; null: nothing.
  const char* refusal() const { return refusal_; }

 private:
  static ReplyBounds& of(const redisReadTask* task) { return *static_cast<ReplyBounds*>(task->privdata); }
  bool takes(const redisReadTask* task);
  bool takesArray(const redisReadTask* task, int elements);
  bool refuse(const char* why);

  redisAsyncContext* context_ = nullptr;
  const redisReplyObjectFunctions* original_ = nullptr;  // hiredis's own
  redisReplyObjectFunctions functions_;
  const char* refusal_ = nullptr;
};

}  // namespace kavro::limiter_redis
