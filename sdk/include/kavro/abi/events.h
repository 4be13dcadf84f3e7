/* "kavro.events/1": something happened that others may want to know of (audit, metrics, notifications).
 * Never put a secret, a token, a key or a ciphertext into one. */
#ifndef KAVRO_ABI_EVENTS_H
#define KAVRO_ABI_EVENTS_H

#include "base.h"
#include "http.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KAVRO_EVENTS "kavro.events/1"

typedef struct kavro_event {
  uint32_t size;
  uint32_t field_count;
  kavro_text name;           /* "login", "message_send" */
  kavro_text status;         /* "success", "failure", "blocked" */
  kavro_text user;           /* a user's name, or empty */
  kavro_text peer_address;   /* or empty */
  kavro_text request_id;     /* or empty */
  const kavro_field* fields; /* further details, values as text */
  int64_t time_us;           /* Unix time in microseconds; 0 in emit: now */
} kavro_event;

typedef struct kavro_events_v1 {
  uint32_t size;
  /* [any] Calls every listener on this thread, in dependency order, and returns. */
  void (*emit)(const kavro_host* host, const kavro_event* event);
  /* [main] on_event: [any]; must not block and must not emit. */
  kavro_status (*listen)(const kavro_host* host, void (*on_event)(void* user, const kavro_event* event), void* user);
} kavro_events_v1;

#ifdef __cplusplus
}
#endif
#endif
