/* What a plugin's library is: one exported symbol, and a manifest that can be read without running it.
 *
 * Life of an instance, in order (each function may be NULL when there is nothing to do, except create):
 *   create   reads settings; registers routes, filters, services, migrations, listeners, timers. No outside effect:
 *            no thread, no socket, no file written. Failing here costs nothing. It may be called in a process that does
 *            nothing else (a trial before a reload, `kavro check --probe`), and be followed by destroy at once.
 *   start    the generation is complete and the database migrated; open what must be open. Dependencies started first.
 *   restore  only when this instance takes another's place after a reload, and has the extension "kavro.state/1"
 *   (serving) while a reload puts the next instance in place, both serve: the old one its last requests
 *   drain    no new request will come; finish what runs. Returns at once.
 *   stop     the last request has ended. Flush, join threads, close; wait for database work that was begun outside of
 *            requests. After it no callback of the instance is called.
 *   destroy  frees the instance. The library stays mapped.
 * An instance whose library, settings and used services did not change is carried over by a reload, untouched.
 *
 * The manifest is JSON in the ELF section ".kavro.manifest"; kavro_add_plugin() puts it there. Its members:
 *   name       one word: [a-z][a-z0-9-]{0,30}; folder, library, section of the configuration, log channel
 *   version    of the plugin, three numbers
 *   abi        KAVRO_ABI of the SDK it was built with (kavro_add_plugin() fills it in)
 *   summary    one line
 *   licence    an SPDX expression
 *   provides   ids of services it provides: ["kavro.limiter/1"]
 *   requires   ids of services it cannot work without; missing or circular is refused at check time
 *   optional   ids of services it uses where they are there
 *   on_failure "closed" (default) or "open": what a failing filter of it means for a request
 *   commands   an object: name -> one line that says what it does; what `kavro PLUGIN COMMAND` can be told (command.h)
 *   settings   an object: key -> {type, default, minimum, maximum, choices, unit, secret, required, summary};
 *              type is one of string, integer, boolean, duration, bytes, path, secret; a key ending in ".*" stands for
 *              any number of keys with that beginning ("rule.*": rule.login, rule.send, ...)
 */
#ifndef KAVRO_ABI_PLUGIN_H
#define KAVRO_ABI_PLUGIN_H

#include "base.h"
#include "command.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kavro_plugin_entry {
  uint32_t size;
  uint32_t abi; /* KAVRO_ABI */

  /* [main] On KAVRO_OK stores the new instance. On anything else nothing is kept and host->fail said why. */
  kavro_status (*create)(const kavro_host* host, void** instance);
  kavro_status (*start)(void* instance); /* [main] */
  void (*drain)(void* instance);         /* [main] */
  void (*stop)(void* instance);          /* [main] may block, within the drain time-out */
  void (*destroy)(void* instance);       /* [main] */

  /* [any] A table the instance offers to the kernel, by id, or NULL. Asked for: "kavro.state/1" (state.h), "kavro.probe/1"
   * (probe.h). */
  const void* (*find_extension)(void* instance, const char* id);

  /* [main] One of the manifest's commands (command.h), in a process that does nothing else: none of the above is called.
   * Returns the exit code. NULL, or not there: the library has no commands. */
  int32_t (*run_command)(const kavro_command* command);
} kavro_plugin_entry;

/* The one symbol a plugin's library exports: `const kavro_plugin_entry kavro_plugin`. */
#define KAVRO_PLUGIN_SYMBOL "kavro_plugin"
#define KAVRO_MANIFEST_SECTION ".kavro.manifest"

#ifdef __cplusplus
}
#endif
#endif
