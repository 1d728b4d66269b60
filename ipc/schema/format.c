#include "ipc/schema/format.h"

#include <string.h>

static const char *const names[BRIG_FORMAT_COUNT] = {
	[BRIG_FORMAT_UNKNOWN] = "", [BRIG_FORMAT_PNG] = "png", [BRIG_FORMAT_JPEG] = "jpeg",
	[BRIG_FORMAT_QOI] = "qoi",  [BRIG_FORMAT_PNM] = "pnm", [BRIG_FORMAT_SHEET] = "sheet",
};

const char *brig_format_name(uint32_t format)
{
	return format < BRIG_FORMAT_COUNT ? names[format] : "";
}

enum brig_format brig_format_find(const char *name)
{
	for (int i = 1; i < BRIG_FORMAT_COUNT; i++)
		if (!strcmp(names[i], name))
			return (enum brig_format)i;
	return BRIG_FORMAT_UNKNOWN;
}
