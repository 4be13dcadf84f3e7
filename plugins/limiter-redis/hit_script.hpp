// The one script that counts: it runs inside Redis, alone, so that of N simultaneous hits exactly the permitted number
// is allowed, whichever servers they come from.
//
//   KEYS[1]   the key                ARGV[1]   count_max
//                                    ARGV[2]   window_ms
//                                    ARGV[3]   block_ms, 0 for none
//   answer    three integers: 1 allowed or 0 denied; hits counted; milliseconds until the key is gone
//
// The key holds the number of hits and lives as long as its window or block: Redis drops it at the end, by its own
// clock alone. The time to live is set by the command that makes the key, so nothing that breaks off leaves a key that
// lives for ever; one that has none (someone's PERSIST) gets a new window with the next hit.
// One key a call, named as KEYS: fit for Redis Cluster behind a proxy. Redis 6 and later.
#pragma once

namespace kavro::limiter_redis {

inline constexpr char kHitScript[] = R"lua(
local count = tonumber(redis.call('GET', KEYS[1]) or 0)
local left = redis.call('PTTL', KEYS[1])
if count >= tonumber(ARGV[1]) then
  if left < 0 then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    left = tonumber(ARGV[2])
  end
  return {0, count, left}
end
count = count + 1
if count == tonumber(ARGV[1]) and ARGV[3] ~= '0' then
  redis.call('SET', KEYS[1], count, 'PX', ARGV[3])
  left = tonumber(ARGV[3])
elseif left < 0 then
  redis.call('SET', KEYS[1], count, 'PX', ARGV[2])
  left = tonumber(ARGV[2])
else
  redis.call('INCR', KEYS[1])
end
return {1, count, left}
)lua";

}  // namespace kavro::limiter_redis
