/* Every role there is. */
#include "sandbox/roles/role.h"

static const struct brig_role *const roles[BRIG_ROLE_COUNT] = {
	[BRIG_ROLE_ZYGOTE] = &brig_role_zygote,
	[BRIG_ROLE_RENDERER] = &brig_role_renderer,
	[BRIG_ROLE_PLUGIN] = &brig_role_plugin,
};

const struct brig_role *brig_role_get(uint32_t id)
{
	return id < BRIG_ROLE_COUNT ? roles[id] : NULL;
}
