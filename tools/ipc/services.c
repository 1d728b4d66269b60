#include "tools/ipc/services.h"

#include "ipc/schema/services.brig.h"

#include <string.h>

const struct brig_service *const own_services[] = {
	&brig_lifecycle_service, &brig_job_service,   &brig_surface_service, &brig_files_service,
	&brig_plugin_service,    &brig_codec_service, &brig_join_service,    NULL,
};

const struct brig_method *own_method(uint16_t service, uint16_t method)
{
	for (const struct brig_service *const *at = own_services; *at; at++)
		for (size_t m = 0; (*at)->id == service && m < (*at)->n_methods; m++)
			if ((*at)->methods[m].method == method)
				return &(*at)->methods[m];
	return NULL;
}

const struct brig_method *own_method_named(const char *name)
{
	for (const struct brig_service *const *at = own_services; *at; at++)
		for (size_t m = 0; m < (*at)->n_methods; m++)
			if (!strcmp((*at)->methods[m].name, name))
				return &(*at)->methods[m];
	return NULL;
}
