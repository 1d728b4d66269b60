#include "ipc/dispatch/bad_message.h"

static const char *const texts[BRIG_BAD_COUNT] = {
	[BRIG_BAD_NONE] = "nothing is wrong",
	[BRIG_BAD_SHORT] = "a message shorter than its header",
	[BRIG_BAD_VERSION] = "a header of another version",
	[BRIG_BAD_FLAGS] = "flags or reserved bits that are not defined",
	[BRIG_BAD_KIND] = "a kind that does not exist or does not go this way",
	[BRIG_BAD_LENGTH] = "a length that is not what was received",
	[BRIG_BAD_FD_COUNT] = "a number of descriptors that is not what was received",
	[BRIG_BAD_TRUNCATED] = "a message or its descriptors longer than allowed",
	[BRIG_BAD_UNKNOWN_METHOD] = "a method that its role does not have",
	[BRIG_BAD_STATE] = "a method that is not allowed in this state",
	[BRIG_BAD_SIZE] = "a payload larger than the method allows",
	[BRIG_BAD_FD_KIND] = "descriptors where the method takes none",
	[BRIG_BAD_ELEMENTS] = "more elements than the method allows",
	[BRIG_BAD_ENCODING] = "bytes that are no such message, or one over its memory budget",
	[BRIG_BAD_UNKNOWN_FIELD] = "a field that is not in the schema",
	[BRIG_BAD_FIELD] = "a field out of its range",
	[BRIG_BAD_IN_FLIGHT] = "more requests in flight than allowed",
	[BRIG_BAD_ID] = "an id that was used already, or none where one is needed",
	[BRIG_BAD_HANDLE] = "a file or surface that it does not have",
	[BRIG_BAD_SLOW_READER] = "its replies lie unread",
	[BRIG_BAD_REQUESTS] = "more requests than its job can need",
};

const char *brig_bad_message_text(int code)
{
	return code >= 0 && code < BRIG_BAD_COUNT ? texts[code] : "?";
}
