/* "kavro.settings/1": the settings of the plugin's own section, already checked against the manifest's schema. */
#ifndef KAVRO_ABI_SETTINGS_H
#define KAVRO_ABI_SETTINGS_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KAVRO_SETTINGS "kavro.settings/1"

typedef struct kavro_settings_v1 {
  uint32_t size;

  /* [any] The value as text: string, path (absolute), secret (the secret itself, wherever it was read from), and the
   * plain text of any other type. KAVRO_NOT_FOUND when the key is not in the manifest, or has neither a value nor a
   * default. The text lives as long as the host. */
  kavro_status (*text)(const kavro_host* host, kavro_text key, kavro_text* value);

  /* [any] integer as it is; boolean as 0 or 1; duration in milliseconds; bytes in bytes. */
  kavro_status (*integer)(const kavro_host* host, kavro_text key, int64_t* value);

  /* [any] The settings of a family "rule.*", in the order of the file: name is what follows the dot.
   * `index` counts from 0; KAVRO_NOT_FOUND after the last. `origin` (may be NULL) receives "file:line". */
  kavro_status (*family)(const kavro_host* host, kavro_text prefix, size_t index, kavro_field* entry,
                         kavro_text* origin);
} kavro_settings_v1;

#ifdef __cplusplus
}
#endif
#endif
