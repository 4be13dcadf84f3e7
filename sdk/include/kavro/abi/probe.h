/* "kavro.probe/1": whether what an instance depends on is there. An extension: the plugin gives the table from
 * find_extension(). `kavro check --probe` asks for probe(), in a process that does nothing else; /readyz and
 * `kavro status` ask for health(), of an instance that serves.
 */
#ifndef KAVRO_ABI_PROBE_H
#define KAVRO_ABI_PROBE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KAVRO_PROBE "kavro.probe/1"

/* One thing that was tried. */
typedef struct kavro_probe_item {
  uint32_t size;
  int32_t good;      /* 1: it is as it should be */
  int32_t required;  /* 1: without it requests cannot be served, so that /readyz says so */
  int32_t reserved;
  kavro_text what;   /* "Redis at 127.0.0.1:6379"; never a password */
  kavro_text detail; /* what was found: "version 7.0.15", "connection refused" */
  kavro_text remedy; /* when not good: what the operator should do */
} kavro_probe_item;

typedef struct kavro_probe_v1 {
  uint32_t size;
  /* [main] Between create() and destroy(), without start(). Calls report(user, item) for each thing that was tried.
   * May block for some seconds. Changes nothing that lasts: no file is made, no record is kept in a service. */
  kavro_status (*probe)(void* instance, void (*report)(void* user, const kavro_probe_item* item), void* user);
  /* [any] Between start() and stop(). What is known already: must not block, is asked for often. */
  kavro_status (*health)(void* instance, void (*report)(void* user, const kavro_probe_item* item), void* user);
} kavro_probe_v1;

#ifdef __cplusplus
}
#endif
#endif
