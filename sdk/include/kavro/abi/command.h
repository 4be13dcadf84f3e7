/* Commands of a plugin's library: `kavro audit verify FILE`. For what is done with a plugin's files when no server need
 * run: looking at them, making keys. The manifest names them ("commands"), the entry has run_command().
 *
 * No instance is created, no configuration read: a command knows its arguments and nothing else.
 */
#ifndef KAVRO_ABI_COMMAND_H
#define KAVRO_ABI_COMMAND_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One call. Everything in it is borrowed for the duration of run_command(). */
typedef struct kavro_command {
  uint32_t size;
  uint32_t reserved;
  kavro_text name;             /* as in the manifest: "verify" */
  const kavro_text* arguments; /* those after the name, options among them, as typed */
  size_t argument_count;
  /* Writes to standard output, and to standard error. */
  void (*write_output)(void* user, kavro_text text);
  void (*write_error)(void* user, kavro_text text);
  void* user;
} kavro_command;

/* Exit codes of the program that a command keeps to. */
enum {
  KAVRO_COMMAND_OK = 0,
  KAVRO_COMMAND_FAILED = 1, /* it could not be done, or found what it looked for to be wrong */
  KAVRO_COMMAND_USAGE = 64  /* the arguments make no sense */
};

#ifdef __cplusplus
}
#endif
#endif
