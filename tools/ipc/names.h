/* tools/ipc/names.h - what an embedder's services are called, by what protoc-gen-brig wrote. */
#ifndef TOOLS_IPC_NAMES_H
#define TOOLS_IPC_NAMES_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Adds what @path, a NAME.permissions.json, says to *names (NULL at first; json_decref()). An exit
 * status; what isn't such a file is complained of. */
int names_add(json_t **names, const char *path);

/* "store.get" into @ret, and 0; or -ENOENT. @names may be NULL. */
int names_find(json_t *names, uint16_t service, uint16_t method, char *ret, size_t size);

#endif
