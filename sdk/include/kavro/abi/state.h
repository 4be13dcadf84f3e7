/* "kavro.state/1": what an instance hands to the one that takes its place. An extension: the plugin gives the table
 * from find_extension().
 *
 * When a reload replaces an instance by another of the same name (its settings changed, its library was swapped), the
 * kernel asks the old one for its state just before the new one is published, and gives it to the new one, which has
 * started by then. What the old one counts after save() is lost, so save() comes as late as it can.
 *
 * The bytes are the plugin's own format. They may come from an older or newer build of it: give them a version, and
 * check them as if a stranger had written them.
 */
#ifndef KAVRO_ABI_STATE_H
#define KAVRO_ABI_STATE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KAVRO_STATE "kavro.state/1"

typedef struct kavro_state_v1 {
  uint32_t size;
  /* [main] Calls sink(user, bytes), any number of times, with the state in pieces; not at all: there is none. The
   * instance is in use meanwhile. */
  kavro_status (*save)(void* instance, void (*sink)(void* user, kavro_text bytes), void* user);
  /* [main] After start(), before the first request. On anything but KAVRO_OK the instance begins afresh, unharmed, and
   * the log has what host->fail said. */
  kavro_status (*restore)(void* instance, kavro_text state);
} kavro_state_v1;

#ifdef __cplusplus
}
#endif
#endif
