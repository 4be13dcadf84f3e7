/* "kavro.work/1": threads for what blocks or computes, so that reactors never do. And "kavro.timers/1". */
#ifndef KAVRO_ABI_WORK_H
#define KAVRO_ABI_WORK_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KAVRO_WORK "kavro.work/1"
#define KAVRO_TIMERS "kavro.timers/1"

typedef struct kavro_pool kavro_pool; /* the kernel's own; lives until the instance's stop() has returned */

typedef struct kavro_work_v1 {
  uint32_t size;
  /* [main] A pool of the plugin's own: bounded in threads (1 to 256) and in jobs that wait (at least 1).
   * `nice` above 0 lowers the threads' priority so that requests go first. NULL when the arguments are out of range. */
  kavro_pool* (*create_pool)(const kavro_host* host, kavro_text name, uint32_t threads, uint32_t queue_max,
                             int32_t nice);
  /* [any] Runs run(user) on the pool (NULL: the server's shared one), once. KAVRO_UNAVAILABLE when its queue is full or
   * the server stops: then run is never called. Jobs accepted before stop() are run before stop() is called. */
  kavro_status (*submit)(const kavro_host* host, kavro_pool* pool, void (*run)(void* user), void* user);
} kavro_work_v1;

typedef struct kavro_timers_v1 {
  uint32_t size;
  /* [main] Calls run(user) on the shared pool every `interval_ms` (at least 10), never twice at once, from start() to
   * stop(). */
  kavro_status (*every)(const kavro_host* host, uint64_t interval_ms, void (*run)(void* user), void* user);
} kavro_timers_v1;

#ifdef __cplusplus
}
#endif
#endif
