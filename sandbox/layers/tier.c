/* What a tier may do without, and which tier a process has reached: the table of tiers. */
#include "sandbox/layers/seal.h"

#define BIT(layer) (1u << (layer))

/* What stands on a user namespace, for an ordinary user. */
#define NAMESPACES                                                                                 \
	(BIT(BRIG_LAYER_USER_NS) | BIT(BRIG_LAYER_MOUNT_NS) | BIT(BRIG_LAYER_NET_NS) |             \
	 BIT(BRIG_LAYER_IPC_NS) | BIT(BRIG_LAYER_UTS_NS) | BIT(BRIG_LAYER_CGROUP_NS) |             \
	 BIT(BRIG_LAYER_ROOT) | BIT(BRIG_LAYER_PID_NS) | BIT(BRIG_LAYER_CAPS))

/* By enum brig_level: what its processes may lack, though their role requires it. */
static const uint32_t may_lack[] = {
	[BRIG_LEVEL_NONE] = 0, /* nobody may ask for it */
	[BRIG_LEVEL_SECCOMP_ONLY] = NAMESPACES | BIT(BRIG_LAYER_LANDLOCK),
	[BRIG_LEVEL_NO_USERNS] = NAMESPACES,
	[BRIG_LEVEL_FULL] = 0,
};

/* What no tier is without. */
#define ALL_HAVE                                                                                   \
	(BIT(BRIG_LAYER_SECCOMP) | BIT(BRIG_LAYER_NO_NEW_PRIVS) | BIT(BRIG_LAYER_RLIMITS) |        \
	 BIT(BRIG_LAYER_FDS) | BIT(BRIG_LAYER_UID))

enum brig_want brig_tier_want(const struct brig_tier *tier, const struct brig_role *role,
			      enum brig_layer layer)
{
	const enum brig_want want = role->layers[layer];

	if (tier->off & BIT(layer))
		return BRIG_OFF;
	return want == BRIG_REQUIRED && (may_lack[tier->least] & BIT(layer)) ? BRIG_PREFERRED
									     : want;
}

enum brig_level brig_tier_reached(const struct brig_layer_state layers[BRIG_LAYER_COUNT])
{
	enum brig_level level = BRIG_LEVEL_FULL;
	uint32_t got = 0;

	for (int i = 0; i < BRIG_LAYER_COUNT; i++)
		got |= layers[i].got != BRIG_MISSING ? BIT(i) : 0;
	while (level > BRIG_LEVEL_NONE) {
		const uint32_t needed =
			(ALL_HAVE | may_lack[BRIG_LEVEL_SECCOMP_ONLY]) & ~may_lack[level];

		if (!(needed & ~got))
			break;
		level--;
	}
	return level;
}
