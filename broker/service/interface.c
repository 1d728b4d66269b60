/*
 * Everything that a sealed child can call: the attack surface, on one screen. What each may carry,
 * how often and when, says ipc/schema/services.proto; which role may, that and its role file.
 */
#include "broker/service/job.h"

static const struct brig_job_handlers job =
	BRIG_JOB_HANDLERS(brig_job_finished_event, brig_job_failed_event);
static const struct brig_surface_handlers surface =
	BRIG_SURFACE_HANDLERS(brig_surface_create_request);
static const struct brig_files_handlers files = BRIG_FILES_HANDLERS(brig_files_open_request);
static const struct brig_plugin_handlers plugin = BRIG_PLUGIN_HANDLERS(brig_plugin_decode_request);
static const struct brig_codec_handlers codec = BRIG_CODEC_HANDLERS(brig_codec_decode_request);

static const struct brig_served rows[] = {
	{ &brig_job_service, &job, NULL },     { &brig_surface_service, &surface, NULL },
	{ &brig_files_service, &files, NULL }, { &brig_plugin_service, &plugin, NULL },
	{ &brig_codec_service, &codec, NULL },
};

/* Its children are synchronous: each has one request in flight. */
const struct brig_offer brig_job_offer = { .rows = rows,
					   .n = sizeof rows / sizeof *rows,
					   .max_asked = 1 };
