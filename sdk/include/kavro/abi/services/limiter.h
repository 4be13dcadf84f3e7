/* "kavro.limiter/1": count hits against a key, atomically, on one machine or many. Provided by limiter-memory,
 * limiter-redis. */
#ifndef KAVRO_ABI_SERVICES_LIMITER_H
#define KAVRO_ABI_SERVICES_LIMITER_H

#include "../base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KAVRO_LIMITER "kavro.limiter/1"

/* At most `count_max` hits in a window. The window of a key opens with its first hit and lasts `window_ms`. When a hit
 * reaches count_max and `block_ms` is not 0, the key stays full for block_ms from that hit on. */
typedef struct kavro_limit {
  uint32_t size;
  uint32_t reserved;
  uint64_t count_max; /* at least 1 */
  uint64_t window_ms; /* at least 1 */
  uint64_t block_ms;  /* 0: until the window ends */
} kavro_limit;

typedef struct kavro_limit_decision {
  uint32_t size;
  int32_t allowed;    /* 1: this hit was within the limit and is counted; 0: it was not, and is not */
  uint64_t remaining; /* hits left in this window */
  uint64_t reset_ms;  /* until the key is empty again */
} kavro_limit_decision;

/* [any] Exactly once, perhaps before the call has returned. `decision` is borrowed, and NULL unless KAVRO_OK. */
typedef void (*kavro_limiter_fn)(void* user, kavro_status status, const kavro_limit_decision* decision);

typedef struct kavro_limiter_v1 {
  uint32_t size;
  void* self;
  /* [any] Counts one hit. Of N simultaneous hits on an empty key exactly min(N, count_max) are allowed. */
  void (*hit)(void* self, kavro_text key, const kavro_limit* limit, kavro_limiter_fn done, void* user);
  /* [any] Empties the key. `decision` is NULL. */
  void (*reset)(void* self, kavro_text key, kavro_limiter_fn done, void* user);
} kavro_limiter_v1;

#ifdef __cplusplus
}
#endif
#endif
