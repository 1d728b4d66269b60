/* From posix_spawn to the exec inside the user namespace, and on to serving. */
#include "renderer/runtime/runtime.h"

#include "ipc/schema/launch.h"

#include <brig/version.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Tell the broker where it stopped; it is the only one who can tell people. */
static _Noreturn void stop(enum brig_stage stage, int error)
{
	struct brig_launch_message message = { .kind = BRIG_LAUNCH_STOPPED,
					       .stage = (uint32_t)stage,
					       .error = error };

	(void)brig_packet_send(BRIG_CHANNEL_FD, &message, sizeof message, NULL, 0, true);
	_exit(BRIG_STAGE_COUNT);
}

static int parse_number(const char *text, unsigned long max, unsigned long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoul(text, &end, 10);
	return errno || *end || end == text || *ret > max ? -EINVAL : 0;
}

static int helper_fds(const struct brig_role *role)
{
	return role->id == BRIG_ROLE_PLUGIN ? BRIG_PLUGIN_FD + 1 : BRIG_HELPER_FD + 1;
}

static _Noreturn void enter(const struct brig_role *role, char **argv, uid_t uid)
{
	struct brig_seal seal;
	char inside[] = BRIG_HELPER_INSIDE;
	char *const inside_argv[] = { argv[0], inside, argv[2], argv[3], NULL };

	/* While it is still the broker's user, who may write there. */
	brig_oom_score_raise(role->oom_score_adj);
	brig_seal_init(&seal, role);
	seal.keep_fds = helper_fds(role);
	seal.uid = uid;
	int r = brig_seal_run(&seal, &brig_steps_entry);
	if (r < 0)
		stop(seal.failed_stage, -r);
	r = brig_caps_keep_for_exec();
	if (r < 0)
		stop(BRIG_STAGE_REEXEC, -r);
	/* Its memory must be exec'd inside: else an ordinary user's broker can't look at it. */
	(void)syscall(SYS_execveat, BRIG_HELPER_FD, "", inside_argv, environ, AT_EMPTY_PATH);
	stop(BRIG_STAGE_REEXEC, errno);
}

static _Noreturn void inside(const struct brig_role *role, const struct brig_role_main *mains)
{
	struct brig_helper helper = { .role = role, .mains = mains };
	struct brig_seal seal;

	(void)prctl(PR_SET_NAME, BRIG_HELPER_NAME, 0, 0, 0);
	for (int id = 0; id < BRIG_ROLE_COUNT; id++)
		if (mains[id].warm_up)
			mains[id].warm_up();
	if (clearenv())
		stop(BRIG_STAGE_SESSION, ENOMEM);
	helper.client = calloc(1, sizeof *helper.client);
	if (!helper.client)
		stop(BRIG_STAGE_SPAWN, ENOMEM);
	brig_seal_init(&seal, role);
	seal.plugin_fd = role->id == BRIG_ROLE_PLUGIN ? BRIG_PLUGIN_FD : -1;
	const struct brig_role *home =
		role->id == BRIG_ROLE_ZYGOTE ? &brig_role_zygote : &brig_role_helper;
	seal.filter = &home->filters[BRIG_AFTER_READY];
	int r = brig_seal_run(&seal, &brig_steps_shared);
	if (r < 0)
		stop(seal.failed_stage, -r);
	(void)syscall(SYS_close_range, BRIG_HELPER_FD, ~0u, 0);
	memcpy(helper.layers, seal.layers, sizeof helper.layers);
	brig_helper_serve(&helper);
}

int brig_runtime_main(int argc, char **argv, const struct brig_role_main *mains)
{
	unsigned long role_id, uid;

	if (argc != 4 || strcmp(argv[0], BRIG_HELPER_NAME))
		return -ENOENT;
	bool entering = !strcmp(argv[1], BRIG_HELPER_ENTER);
	if (!entering && strcmp(argv[1], BRIG_HELPER_INSIDE))
		return -ENOENT;
	if (parse_number(argv[2], BRIG_ROLE_COUNT - 1, &role_id) ||
	    parse_number(argv[3], UINT32_MAX - 1, &uid))
		return -ENOENT;
	const struct brig_role *role = brig_role_get((uint32_t)role_id);
	if (entering)
		enter(role, argv, (uid_t)uid);
	inside(role, mains);
}
