// What happened since the plugin was made, as plain numbers that kavro.metrics/1 reads when somebody looks (limiter_redis.cpp).
//
// Threads: any; each number is exact by itself, no two of them belong to the same moment. They never go down, except
// `up` and `waiting`.
#pragma once

#include <atomic>
#include <cstdint>

namespace kavro::limiter_redis {

struct Counts {
  using Number = std::atomic<std::uint64_t>;

  Number hits{0};             // asked for, those of wrong limits not counted
  Number allowed{0};          // decisions, by Redis or by on_failure
  Number denied{0};
  Number resets{0};           // asked for
  Number policyDecisions{0};  // hits that on_failure decided, for whatever reason; the reasons:
  Number timeouts{0};         //   no answer within `timeout`
  Number queueFull{0};        //   queue_max hits were waiting already
  Number refused{0};          //   Redis answered with an error that is about this key only
  Number connects{0};         // times that Redis came (back)
  Number outages{0};          // times that it went away, or was away from the beginning
  Number owedResetsLost{0};   // resets that were to be made up for after an outage, and were too many
  std::atomic<bool> up{false};
  std::atomic<std::uint64_t> waiting{0};  // hits and resets that Redis has not answered yet
};

}  // namespace kavro::limiter_redis
