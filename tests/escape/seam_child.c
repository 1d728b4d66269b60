/* brig-child with a seam: honest in all it does. */
#include "tests/escape/seam.h"

#include "renderer/image/decoder.h"
#include "renderer/image/job.h"
#include "renderer/plugin/host.h"
#include "renderer/runtime/runtime.h"

static int run_renderer(struct brig_client *client)
{
	seam_over();
	return brig_renderer_run(client);
}

static int run_codec(struct brig_client *client)
{
	seam_over();
	return brig_codec_run(client);
}

static int run_plugin(struct brig_client *client)
{
	seam_over();
	return brig_plugin_run(client);
}

static const struct brig_role_main mains[BRIG_ROLE_COUNT] = {
	[BRIG_ROLE_RENDERER] = { .warm_up = brig_decoders_warm_up, .run = run_renderer },
	[BRIG_ROLE_CODEC] = { .run = run_codec },
	[BRIG_ROLE_PLUGIN] = { .load = brig_plugin_load, .run = run_plugin },
};

int main(int argc, char **argv)
{
	seam_open(argc, argv);
	return brig_runtime_main(argc, argv, mains) < 0 ? 2 : 0;
}
