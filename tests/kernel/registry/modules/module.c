/* A plugin's library for tests that read manifests and must run nothing: loading it ends the process. */
#include <kavro/abi/plugin.h>
#include <stdlib.h>

__attribute__((constructor)) static void loaded(void) { abort(); }

static kavro_status create(const kavro_host* host, void** instance) {
  (void)host;
  (void)instance;
  return KAVRO_ERROR;
}

__attribute__((visibility("default"))) const kavro_plugin_entry kavro_plugin = {
    .size = sizeof(kavro_plugin_entry), .abi = KAVRO_ABI, .create = create};
