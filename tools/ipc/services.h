/* tools/ipc/services.h - Brig's own services, for the tools that tell of them. */
#ifndef TOOLS_IPC_SERVICES_H
#define TOOLS_IPC_SERVICES_H

#include <brig/schema.h>

extern const struct brig_service *const own_services[]; /* NULL ends them */

/* NULL: it is none of them. */
const struct brig_method *own_method(uint16_t service, uint16_t method);
const struct brig_method *own_method_named(const char *name);

#endif
