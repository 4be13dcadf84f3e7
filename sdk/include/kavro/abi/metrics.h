/* "kavro.metrics/1": numbers about what a plugin does, and a look at those of the whole server.
 *
 * A metric is a family of series: one, or one for each value of a label. All values are named when it is defined, so
 * that no client can make series. The kernel names the family kavro_<plugin>_<name>[_<unit>][_total]: "decisions" of
 * limiter-memory, a counter, is kavro_limiter_memory_decisions_total.
 *
 * A counter goes on where it was when its plugin is started anew, with other settings or from another library, as long
 * as the process runs. What no running plugin defines is kept and not shown. While an old and a new instance of a
 * plugin run side by side, both count in the same series.
 */
#ifndef KAVRO_ABI_METRICS_H
#define KAVRO_ABI_METRICS_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KAVRO_METRICS "kavro.metrics/1"

enum {
  KAVRO_METRIC_COUNTER = 1,  /* only grows */
  KAVRO_METRIC_GAUGE = 2,    /* goes up and down */
  KAVRO_METRIC_HISTOGRAM = 3 /* how many observations were at most this large, for several sizes */
};

/* What a definition may have at most. */
enum {
  KAVRO_METRIC_NAME_BYTES_MAX = 64,  /* name, unit, label names */
  KAVRO_METRIC_TEXT_BYTES_MAX = 256, /* help, label values */
  KAVRO_METRIC_VALUES_MAX = 1024,
  KAVRO_METRIC_CONSTANTS_MAX = 8,
  KAVRO_METRIC_BOUNDS_MAX = 64
};

/* One series. The kernel's own; lives until the instance's destroy() has returned. */
typedef struct kavro_metric kavro_metric;

typedef struct kavro_metric_definition {
  uint32_t size;
  int32_t type;
  kavro_text name;              /* [a-z][a-z0-9_]*, without the plugin's name, the unit and "_total" */
  kavro_text help;              /* one line, for people; the same for every instance of the plugin */
  kavro_text unit;              /* "seconds", "bytes", in full and in base units; empty: a number of things */
  const kavro_field* constants; /* labels that every series has, with their values */
  size_t constant_count;
  kavro_text label;         /* the label that tells the series apart; empty: there is one series */
  const kavro_text* values; /* its values, each once; the series are in this order */
  size_t value_count;       /* 0 without a label */
  const double* bounds;     /* of a histogram: ascending, finite; one bucket above the last comes by itself */
  size_t bound_count;

  /* [any] A counter or gauge that is asked for when somebody looks, rather than told: the value of series `index` now.
   * Called from start() to stop(), never twice at once. Must not block, nor use this table. NULL: told by add() and so
   * on. */
  double (*read)(void* user, size_t index);
  void* user;
} kavro_metric_definition;

/* Observations of at most `upper_bound`, those of smaller buckets included. The last bucket's bound is infinite. */
typedef struct kavro_metric_bucket {
  double upper_bound;
  uint64_t count;
} kavro_metric_bucket;

/* A series and its value. Borrowed while `visit` runs. */
typedef struct kavro_metric_sample {
  uint32_t size;
  int32_t type;
  kavro_text name; /* of the family, whole: "kavro_http_requests_total" */
  kavro_text help;
  const kavro_field* labels; /* sorted by name */
  size_t label_count;
  double value;                       /* of a counter or gauge */
  const kavro_metric_bucket* buckets; /* of a histogram, ascending */
  size_t bucket_count;
  uint64_t count; /* observations */
  double sum;     /* of what was observed */
} kavro_metric_sample;

typedef struct kavro_metrics_v1 {
  uint32_t size;

  /* [main] Only inside create(). Stores as many series as there are values, or one, in `series`. KAVRO_INVALID: the
   * definition is out of range, and fail() said how; KAVRO_CONFLICT: this instance has defined that name already. */
  kavro_status (*define)(const kavro_host* host, const kavro_metric_definition* definition, kavro_metric** series);

  /* [any] Some nanoseconds, no lock, and two threads do not slow each other down. NULL, a series of another type and
   * what is no number are ignored. */
  void (*add)(kavro_metric* series, double amount);    /* to a counter (at least 0) or a gauge */
  void (*set)(kavro_metric* series, double value);     /* a gauge */
  void (*observe)(kavro_metric* series, double value); /* in a histogram */

  /* [any] but never from a reactor: it takes a millisecond for some thousands of series. Calls `visit` on this thread
   * with every series of the server: the kernel's and those of all plugins that run. Families come one after the other,
   * sorted by name. */
  kavro_status (*collect)(const kavro_host* host, void (*visit)(void* user, const kavro_metric_sample* sample),
                          void* user);
} kavro_metrics_v1;

#ifdef __cplusplus
}
#endif
#endif
