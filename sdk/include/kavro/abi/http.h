/* "kavro.http/1": routes, filters, requests and responses.
 *
 * The phases a request passes, in this order; within a phase filters run by `order`, then by plugin in dependency order:
 *
 *   KAVRO_PHASE_ADMIT         by address, before anything costly
 *   KAVRO_PHASE_AUTHENTICATE  says who it is: set_principal. After it a route that needs a principal and has none is 401
 *   KAVRO_PHASE_AUTHORISE     by principal
 *   the route's handler
 *   KAVRO_PHASE_RESPOND       looks at or adds to the response
 *   KAVRO_PHASE_OBSERVE       the response is on its way; nothing can be changed
 *
 * The body has been read whole (and bounded) before the first phase, so filters and handlers never wait for the client.
 *
 * An exchange is one request and its answer. It stays valid from the first filter until its respond() (or, for filters
 * of RESPOND and OBSERVE, until they return), even when the client has gone. Exactly one respond() per exchange.
 */
#ifndef KAVRO_ABI_HTTP_H
#define KAVRO_ABI_HTTP_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KAVRO_HTTP "kavro.http/1"

typedef struct kavro_exchange kavro_exchange; /* the kernel's own */

/* Who a request speaks for. */
typedef struct kavro_principal {
  uint32_t size;
  int64_t id;      /* > 0 */
  kavro_text name; /* for people and logs */
} kavro_principal;

/* Flags of a request. */
enum {
  KAVRO_REQUEST_CONDITION_FAILED = 1 /* only for a handler whose route has KAVRO_ROUTE_CONDITIONS: the request is not to
                                      * be carried out, since what If-Match or If-None-Match asks for does not hold */
};

/* A request as the kernel parsed it. Read-only; borrowed from the exchange. */
typedef struct kavro_request {
  uint32_t size;
  uint16_t peer_port;      /* of peer_address; 0 when a proxy gave the address without it */
  uint16_t flags;
  kavro_text method;       /* "GET" */
  kavro_text target;       /* as sent: "/api/v1/keys/7?x=1" */
  kavro_text path;         /* without the mount prefix, percent-decoded: "/keys/7" */
  kavro_text query;        /* as sent, without "?" */
  kavro_text route;        /* the pattern that matched: "/keys/{user_id}"; empty when none did */
  kavro_text body;
  kavro_text peer_address; /* the client's address as inet_ntop writes it: "192.0.2.7", "2001:db8::1". Whoever connected,
                            * or whom a proxy of [http] trusted_proxies named in X-Forwarded-For; never text that a
                            * client could have made up. An IPv4 address also when it came as ::ffff:192.0.2.7 */
  kavro_text id;           /* the request's id, for logs */
  const kavro_field* fields; /* header fields in the order sent, names in lower case, values trimmed */
  size_t field_count;
  const kavro_field* parameters; /* path parameters, percent-decoded, in the pattern's order */
  size_t parameter_count;
  const kavro_principal* principal; /* NULL until a filter set it */
  int64_t received_us;              /* Unix time in microseconds when the header was complete */
} kavro_request;

/* An answer. Everything is borrowed for the duration of respond(), except the body when `release` is set: then the
 * kernel keeps `body` until it is written and calls release(owner) once, on any thread; this saves a copy.
 * Content-Length, Date, Connection and Transfer-Encoding are the kernel's; given here they are refused. */
typedef struct kavro_response {
  uint32_t size;
  uint16_t status; /* 200 to 599 */
  uint16_t reserved;
  const kavro_field* fields;
  size_t field_count;
  kavro_text body;
  void (*release)(void* owner);
  void* owner;
} kavro_response;

/* Flags of a route. */
enum {
  KAVRO_ROUTE_PRINCIPAL = 1, /* needs a principal; a configuration in which nothing authenticates is refused */
  KAVRO_ROUTE_BLOCKING = 2,  /* handle() may block: it is called on the worker pool instead of the reactor */
  KAVRO_ROUTE_ADMIN = 4,     /* for who looks after the server: when the configuration has addresses for that ([admin]
                              * listen), it is served there only, and elsewhere it is as if there were no such route;
                              * without them it is served everywhere. A kernel that is older than this flag ignores it */
  KAVRO_ROUTE_CONDITIONS = 8 /* handle() answers 412 itself. Of a method other than GET and HEAD, a request whose condition
                              * fails is 412 before the handler is called, for a handler that acts cannot be held back.
                              * RFC 9110, 13.2.1 wants what is refused anyway refused for that reason. A handler that
                              * can say so before it acts sets this flag, is called with KAVRO_REQUEST_CONDITION_FAILED,
                              * refuses what it would refuse without looking into the body, and answers 412 to the rest.
                              * A kernel that is older than this flag answers 412 itself */
};

typedef struct kavro_route {
  uint32_t size;
  uint32_t flags;
  kavro_text method;   /* upper case; GET also answers HEAD */
  kavro_text pattern;  /* "/keys/{user_id}"; a literal segment wins over a parameter; a trailing "/" is the same route */
  void* user;
  /* [reactor], or [worker] with KAVRO_ROUTE_BLOCKING. Answers now or later, from any thread. */
  void (*handle)(void* user, kavro_exchange* exchange, const kavro_request* request);
  uint64_t body_bytes_max; /* 0: the server's own limit; never above it */
} kavro_route;

enum {
  KAVRO_PHASE_ADMIT = 100,
  KAVRO_PHASE_AUTHENTICATE = 200,
  KAVRO_PHASE_AUTHORISE = 300,
  KAVRO_PHASE_RESPOND = 400,
  KAVRO_PHASE_OBSERVE = 500
};

/* What a filter of ADMIT, AUTHENTICATE or AUTHORISE did. The value of other phases is ignored. */
enum {
  KAVRO_FILTER_CONTINUE = 0,  /* on to the next */
  KAVRO_FILTER_ANSWERED = 1,  /* respond() was called */
  KAVRO_FILTER_SUSPENDED = 2, /* resume() or respond() will be, from any thread */
  KAVRO_FILTER_FAILED = 3     /* could not decide (host->fail said why): the plugin's on_failure applies */
};

typedef struct kavro_filter {
  uint32_t size;
  int32_t phase;
  int32_t order; /* smaller runs earlier; 0 when it does not matter */
  int32_t reserved;
  void* user;
  int32_t (*run)(void* user, kavro_exchange* exchange, const kavro_request* request); /* [reactor] */
  kavro_text challenge; /* AUTHENTICATE: what WWW-Authenticate offers on a 401: "Bearer" */
} kavro_filter;

typedef struct kavro_http_v1 {
  uint32_t size;

  /* [main] Copied. KAVRO_CONFLICT when method and pattern are taken (fail names by whom). */
  kavro_status (*add_route)(const kavro_host* host, const kavro_route* route);
  kavro_status (*add_filter)(const kavro_host* host, const kavro_filter* filter);

  /* [main] A field for every response of the generation, refusals of the kernel included, unless the response has a
   * field of that name already. Serialised once. */
  kavro_status (*add_constant_field)(const kavro_host* host, kavro_field field);

  /* [any] Answers. KAVRO_INVALID when the exchange has its answer, or the response is not a valid one (a 500 is sent
   * instead and the log says why). With KAVRO_OK or not, the exchange is no longer the caller's. */
  kavro_status (*respond)(kavro_exchange* exchange, const kavro_response* response);

  /* [any] Goes on after KAVRO_FILTER_SUSPENDED; with KAVRO_FILTER_FAILED the plugin's on_failure applies. */
  void (*resume)(kavro_exchange* exchange, int32_t outcome);

  /* [any] Gives up an exchange with an exception or the like: the log says why, the client gets a 500 (status
   * KAVRO_ERROR) or a 503 with Retry-After (KAVRO_UNAVAILABLE, KAVRO_TIMEOUT). */
  void (*abandon)(kavro_exchange* exchange, kavro_status status, kavro_text why);

  /* [any] Calls run(user) on the exchange's reactor, soon and exactly once. For going home after work elsewhere. */
  void (*post)(kavro_exchange* exchange, void (*run)(void* user), void* user);

  /* Only by whoever holds the exchange at that moment: */

  /* A field for this exchange's response, whoever answers. Copied. */
  kavro_status (*add_field)(kavro_exchange* exchange, kavro_field field);
  /* Copied. */
  kavro_status (*set_principal)(kavro_exchange* exchange, const kavro_principal* principal);
  /* 1 when the route of this exchange needs a principal. */
  int32_t (*needs_principal)(kavro_exchange* exchange);
  /* Memory that lives as long as the exchange; no destructor is run. NULL when the bytes are more than 64 KiB. */
  void* (*allocate)(kavro_exchange* exchange, size_t bytes, size_t alignment);
  /* In RESPOND and OBSERVE: the answer so far. Borrowed until the filter returns. */
  const kavro_response* (*response)(kavro_exchange* exchange);
} kavro_http_v1;

#ifdef __cplusplus
}
#endif
#endif
