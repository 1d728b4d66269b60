#include "tools/ipc/names.h"

#include "tools/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int names_add(json_t **names, const char *path)
{
	char safe[1024], why[2 * JSON_ERROR_TEXT_LENGTH];
	json_error_t error;
	json_t *file = json_load_file(path, 0, &error);
	const int found = json_is_array(json_object_get(file, "services"));

	if (!*names)
		*names = json_array();
	if (found)
		(void)json_array_extend(*names, json_object_get(file, "services"));
	json_decref(file);
	if (found)
		return EXIT_OK;
	return complain(EXIT_USAGE,
			"%s is no NAME.permissions.json as protoc-gen-brig writes it%s%s",
			escape_text(path, safe, sizeof safe), file ? "" : ": ",
			file ? "" : escape_text(error.text, why, sizeof why));
}

static json_t *find(json_t *rows, uint16_t id)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) if (json_integer_value(json_object_get(row, "id")) ==
					     id) return row;
	return NULL;
}

int names_find(json_t *names, uint16_t service, uint16_t method, char *ret, size_t size)
{
	json_t *of_service = find(names, service);
	json_t *of_method = find(json_object_get(of_service, "methods"), method);
	const char *first = json_string_value(json_object_get(of_service, "name"));
	const char *second = json_string_value(json_object_get(of_method, "name"));
	char text[256];

	if (!first || !second)
		return -ENOENT;
	(void)snprintf(text, sizeof text, "%s.%s", first, second);
	(void)escape_text(text, ret, size);
	return 0;
}
