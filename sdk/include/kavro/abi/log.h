/* "kavro.log/1": one line to the server's log, on the plugin's own channel. Never a secret, a token or a ciphertext. */
#ifndef KAVRO_ABI_LOG_H
#define KAVRO_ABI_LOG_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KAVRO_LOG "kavro.log/1"

enum { KAVRO_LOG_ERROR = 1, KAVRO_LOG_WARNING = 2, KAVRO_LOG_INFORMATION = 3, KAVRO_LOG_DEBUG = 4 };

typedef struct kavro_log_v1 {
  uint32_t size;
  /* [any] Control characters are escaped by the kernel; longer than 4 KiB is cut. */
  void (*write)(const kavro_host* host, int32_t level, kavro_text message);
  /* [any] 1 when a message of this level would be written: ask before building an expensive one. */
  int32_t (*enabled)(const kavro_host* host, int32_t level);
} kavro_log_v1;

#ifdef __cplusplus
}
#endif
#endif
