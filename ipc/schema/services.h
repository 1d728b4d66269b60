/* ipc/schema/services.h - numbers that both sides know, and the schema's limits as C has them. */
#ifndef IPC_SCHEMA_SERVICES_H
#define IPC_SCHEMA_SERVICES_H

/* The job's own document, where a message names a file by number. */
#define BRIG_FILE_DOCUMENT 0u

#define BRIG_PLUGIN_NAME_MAX 32
#define BRIG_FILE_NAME_MAX   255
#define BRIG_TEXT_MAX        200
#define BRIG_CELL_MAX        1024 /* a side of a sheet's cell, in pixels */
#define BRIG_BROKEN_MAX      4096 /* files of one sheet that could not be decoded */

#endif
