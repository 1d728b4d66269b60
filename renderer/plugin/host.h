/* renderer/plugin/host.h - the plugin process: loads one shared object and lets it decode. */
#ifndef RENDERER_PLUGIN_HOST_H
#define RENDERER_PLUGIN_HOST_H

#include "renderer/runtime/client.h"

/* dlopen, between stage 1 and the final filter. 0, or -ELIBBAD, -ENOSYS another ABI. */
int brig_plugin_load(void *user);

/* Returns the exit status. */
int brig_plugin_run(struct brig_client *client);

#endif
