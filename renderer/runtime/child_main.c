/* The mains of the roles that ship. */
#include "renderer/runtime/runtime.h"

#include "renderer/image/decoder.h"
#include "renderer/image/job.h"
#include "renderer/plugin/host.h"

const struct brig_role_main brig_own_mains[BRIG_ROLE_COUNT] = {
	[BRIG_ROLE_RENDERER] = { .warm_up = brig_decoders_warm_up, .run = brig_renderer_run },
	[BRIG_ROLE_CODEC] = { .run = brig_codec_run },
	[BRIG_ROLE_PLUGIN] = { .load = brig_plugin_load, .run = brig_plugin_run },
};

int brig_child_main(int argc, char **argv)
{
	return brig_runtime_main(argc, argv, brig_own_mains);
}
