/* "kavro.services/1": tables that one plugin provides and others use, by id. */
#ifndef KAVRO_ABI_SERVICES_H
#define KAVRO_ABI_SERVICES_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KAVRO_SERVICES "kavro.services/1"

typedef struct kavro_services_v1 {
  uint32_t size;
  /* [main] `table` belongs to the plugin and lives until its destroy(). The id must be in the manifest's "provides". */
  kavro_status (*provide)(const kavro_host* host, const char* id, const void* table);
  /* [main] and [any] The table, or NULL. The id must be in the manifest's "requires" or "optional"; what is required
   * is always there. Providers are created before users and stopped after them. */
  const void* (*find)(const kavro_host* host, const char* id);
} kavro_services_v1;

#ifdef __cplusplus
}
#endif
#endif
