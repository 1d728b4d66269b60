/* ipc/schema/format.h - the formats that a renderer may say it found. Stable, never reused. */
#ifndef IPC_SCHEMA_FORMAT_H
#define IPC_SCHEMA_FORMAT_H

#include <stdint.h>

enum brig_format {
	BRIG_FORMAT_UNKNOWN,
	BRIG_FORMAT_PNG,
	BRIG_FORMAT_JPEG,
	BRIG_FORMAT_QOI,
	BRIG_FORMAT_PNM,
	BRIG_FORMAT_SHEET,
	BRIG_FORMAT_COUNT
};

/* How a sheet begins: the one kind of document that may need other files. */
#define BRIG_SHEET_MAGIC "BRIG-SHEET 1"

/* "png"; "" for BRIG_FORMAT_UNKNOWN and for numbers that are none. */
const char *brig_format_name(uint32_t format);
/* The format of this name; BRIG_FORMAT_UNKNOWN if there is none. */
enum brig_format brig_format_find(const char *name);

#endif
