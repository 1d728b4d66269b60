/*
 * ipc/schema/services.h - every service and method by number: the wire's names. Stable, never
 * reused.
 */
#ifndef IPC_SCHEMA_SERVICES_H
#define IPC_SCHEMA_SERVICES_H

enum brig_service {
	BRIG_SERVICE_LIFECYCLE = 1, /* the bootstrap tells of its seal */
	BRIG_SERVICE_DECODE =
		2, /* one job: broker → child start; child → broker finished, failed */
	BRIG_SERVICE_SURFACE = 3, /* shared memory for pixels */
	BRIG_SERVICE_FILES = 4,   /* files beneath a granted directory */
	BRIG_SERVICE_PLUGIN = 5,  /* have a plugin decode a file that the broker holds */
	BRIG_SERVICE_CODEC = 6,   /* have a codec decode one, and scale it down */
};

enum brig_lifecycle_method {
	BRIG_LIFECYCLE_SEALED = 1,
	BRIG_LIFECYCLE_FAILED = 2,
	BRIG_LIFECYCLE_LISTENER = 3, /* one descriptor, before "sealed" */
};
enum brig_decode_method { BRIG_DECODE_START = 1, BRIG_DECODE_FINISHED = 2, BRIG_DECODE_FAILED = 3 };
enum brig_surface_method { BRIG_SURFACE_CREATE = 1 };
enum brig_files_method { BRIG_FILES_OPEN = 1 };
enum brig_plugin_method { BRIG_PLUGIN_DECODE = 1 };
enum brig_codec_method { BRIG_CODEC_DECODE = 1 };

/* The job's own document, where a message names a file by number. */
#define BRIG_FILE_DOCUMENT 0u

#define BRIG_PLUGIN_NAME_MAX 32
#define BRIG_FILE_NAME_MAX   255
#define BRIG_TEXT_MAX        200
#define BRIG_CELL_MAX        1024 /* a side of a sheet's cell, in pixels */
#define BRIG_BROKEN_MAX      4096 /* files of one sheet that could not be decoded */

#endif
