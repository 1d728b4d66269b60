/*
 * ipc/schema/launch.h - what broker and zygote say to each other: fixed structs over a SEQPACKET
 * socket, since nothing of protobuf belongs in the fork path. Both ends are of one build (the
 * handshake says so), so the structs need no other version.
 */
#ifndef IPC_SCHEMA_LAUNCH_H
#define IPC_SCHEMA_LAUNCH_H

#include <stdint.h>

#define BRIG_BUILD_ID_MAX 65

/*
 * The helper's command line, in numbers: name, mode, role, uid, least level, layers left out;
 * inside also what the layers had come to. Its descriptors: 3 the launch channel, and:
 */
#define BRIG_HELPER_NAME   "brig-zygote"
#define BRIG_HELPER_ENTER  "--brig-enter"  /* as spawned */
#define BRIG_HELPER_INSIDE "--brig-inside" /* as exec'd inside the user namespace */
#define BRIG_HELPER_FD     4               /* the helper's own binary */
#define BRIG_PLUGIN_FD     5 /* a plugin's shared object, or memory of a plain channel's role */

enum brig_launch_kind {
	BRIG_LAUNCH_READY = 1,   /* zygote → broker, once */
	BRIG_LAUNCH_REQUEST = 2, /* broker → zygote, with the child's end of its channel */
	BRIG_LAUNCH_FORKED = 3,  /* zygote → broker, with a pidfd unless error is set */
	BRIG_LAUNCH_STOPPED = 4, /* zygote → broker: its own set-up failed, it ends */
};

struct brig_launch_message {
	uint32_t kind;
	uint32_t role; /* enum brig_role_id */
	uint64_t instance;
	uint32_t stage; /* enum brig_stage, when error is set */
	int32_t error;  /* positive errno */
	char build_id[BRIG_BUILD_ID_MAX];
	uint8_t layer_error[32]; /* READY: what the shared layers came to, by enum brig_layer */
};

#endif
