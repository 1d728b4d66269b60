#include "ipc/dispatch/bad_message.h"

static const struct brig_bad_row rows[BRIG_BAD_COUNT] = {
#define BREACH(number, NAME, name, stage, text) { number, BRIG_BAD_AT_##stage, name, text },
	{ 0, BRIG_BAD_AT_HEADER, NULL, NULL },
#include "ipc/dispatch/bad_messages.inc"
#undef BREACH
};

const struct brig_bad_row *brig_bad_message_row(int code)
{
	return code > BRIG_BAD_NONE && code < BRIG_BAD_COUNT ? &rows[code] : NULL;
}

const char *brig_bad_message_text(int code)
{
	const struct brig_bad_row *row = brig_bad_message_row(code);

	if (row)
		return row->text;
	return code == BRIG_BAD_NONE ? "nothing is wrong" : "?";
}

const char *brig_bad_stage_name(enum brig_bad_stage stage)
{
	static const char *const names[] = {
		[BRIG_BAD_AT_HEADER] = "header", [BRIG_BAD_AT_QUOTA] = "quota",
		[BRIG_BAD_AT_METHOD] = "method", [BRIG_BAD_AT_FDS] = "descriptors",
		[BRIG_BAD_AT_FIELDS] = "fields", [BRIG_BAD_AT_HANDLER] = "handler",
	};

	return names[stage];
}
