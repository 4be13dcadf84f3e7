// A hit or a reset on its way, and how it is answered.
//
// Ownership: in exactly one list at a time. Threads: whoever owns the list. `done` is called exactly once, without a
// lock held.
#pragma once

#include <list>
#include <string>

#include <kavro/abi/services/limiter.h>

#include "counts.hpp"
#include "fallback.hpp"
#include "limit.hpp"

namespace kavro::limiter_redis {

struct Request {
  enum class Kind { kHit, kReset };

  Kind kind;
  std::string key;        // without the prefix
  Limit limit;            // of a hit
  kavro_limiter_fn done;  // null: answered already; only Redis's reply is missing
  void* user;
  Clock::time_point deadline{};             // for the answer
  Clock::time_point overdue{};              // when Redis should have replied
  std::list<Request>::iterator position{};  // in its list
  bool scriptSent = false;                  // Redis did not have it
};

void answer(const Request& request, const Decision& decision, Counts& counts) noexcept;
// What on_failure decides about a hit; KAVRO_UNAVAILABLE when memory is out.
void answerByPolicy(const Request& request, Fallback& fallback, Counts& counts) noexcept;

}  // namespace kavro::limiter_redis
