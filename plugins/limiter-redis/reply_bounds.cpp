#include "reply_bounds.hpp"

namespace kavro::limiter_redis {

// Called from hiredis, which is C and takes a null for a lack of memory.
ReplyBounds::ReplyBounds()
    : functions_{
          [](const redisReadTask* task, char* text, std::size_t size) -> void* {
            return of(task).takes(task) ? of(task).original_->createString(task, text, size) : nullptr;
          },
          [](const redisReadTask* task, int elements) -> void* {
            return of(task).takesArray(task, elements) ? of(task).original_->createArray(task, elements) : nullptr;
          },
          [](const redisReadTask* task, long long number) -> void* {
            return of(task).takes(task) ? of(task).original_->createInteger(task, number) : nullptr;
          },
          [](const redisReadTask* task) -> void* {
            return of(task).takes(task) ? of(task).original_->createNil(task) : nullptr;
          },
          freeReplyObject} {}

void ReplyBounds::install(redisAsyncContext& context) {
  context_ = &context;
  redisReader& reader = *context.c.reader;
  original_ = reader.fn;
  reader.fn = &functions_;
  reader.privdata = this;
}

void ReplyBounds::look() {
  const redisReader& reader = *context_->c.reader;
  if (reader.len - reader.pos > kIncompleteBytesMax) refuse("it sends an answer that is longer than any of Redis's");
}

bool ReplyBounds::takes(const redisReadTask* task) {
  // hiredis takes a command from this list when its answer is complete, before it reads the next one.
  const bool isAsked = task->parent || context_->replies.head || task->type == REDIS_REPLY_ERROR;
  return isAsked || refuse("it sends an answer that nobody asked for");
}

bool ReplyBounds::takesArray(const redisReadTask* task, int elements) {
  if (task->parent) return refuse("it answers with an array in an array");
  if (elements > kElementsMax) return refuse("it answers with an array that is longer than any of the script's");
  return takes(task);
}

bool ReplyBounds::refuse(const char* why) {
  if (!refusal_) refusal_ = why;
  return false;
}

}  // namespace kavro::limiter_redis
