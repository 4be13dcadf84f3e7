/* Kavro's C boundary: the words every other header of this folder uses.
 *
 * Rules of the boundary, frozen within a major version (KAVRO_ABI):
 *  - Only C types cross it. No exception, no C++ object, no FILE*, no allocator.
 *  - Every struct and function table starts with `size`, set by whoever fills it to sizeof as that side knows it.
 *    It grows by appending; a reader looks at a field only when `size` says it is there (KAVRO_HAS).
 *  - A function table is looked up by a string such as "kavro.http/1"; the number changes only when the meaning
 *    of an existing field does.
 *  - Text is UTF-8, borrowed, with a length and without a terminating zero, unless a comment says otherwise.
 *  - Each function carries a thread tag:
 *      [main]     the thread that composes a generation: only inside create()
 *      [reactor]  a reactor's thread: must not block; microseconds, not milliseconds
 *      [worker]   a thread of a pool: may block
 *      [any]      any thread, at any time between create() and destroy()
 */
#ifndef KAVRO_ABI_BASE_H
#define KAVRO_ABI_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The major version of the boundary. A library with another one is refused before any of its code runs. */
#define KAVRO_ABI 1

/* True when the struct or table `pointer` is new enough to have `field`. */
#define KAVRO_HAS(pointer, field) \
  ((pointer)->size >= (size_t)((const char*)(&(pointer)->field + 1) - (const char*)(pointer)))

/* Borrowed text or bytes. `data` may be NULL when `size` is 0. */
typedef struct kavro_text {
  const char* data;
  size_t size;
} kavro_text;

/* A name and a value: a header field, a path parameter, a detail of an event. */
typedef struct kavro_field {
  kavro_text name;
  kavro_text value;
} kavro_field;

/* How a call went. Anything but KAVRO_OK means that the call had no effect. */
typedef int32_t kavro_status;
enum {
  KAVRO_OK = 0,
  KAVRO_ERROR = 1,       /* failed for a reason of its own; kavro_host.fail told why, or the log has it */
  KAVRO_INVALID = 2,     /* an argument is wrong: a bug of the caller */
  KAVRO_NOT_FOUND = 3,   /* there is no such thing */
  KAVRO_CONFLICT = 4,    /* it clashes with what is there: a unique key, a route taken */
  KAVRO_UNAVAILABLE = 5, /* not now: a queue is full, the database is away, the server stops. Try again later */
  KAVRO_UNSUPPORTED = 6, /* this server, or this configuration, cannot do that */
  KAVRO_TIMEOUT = 7      /* it took longer than its limit */
};

/* What the kernel hands to create(): the door to everything else. One per plugin instance.
 * Owned by the kernel; valid until destroy() has returned. */
typedef struct kavro_host kavro_host;
struct kavro_host {
  uint32_t size;
  void* kernel; /* the kernel's own */

  /* [any] The function table with this id ("kavro.http/1", zero-terminated), or NULL when the server has none. */
  const void* (*find_interface)(const kavro_host* host, const char* id);

  /* [any] Says why the running call is about to return something else than KAVRO_OK. The text is copied and put in
   * front of the operator. Outside a call from the kernel it is logged as an error. */
  void (*fail)(const kavro_host* host, kavro_text why);
};

#ifdef __cplusplus
}
#endif
#endif
