/* From posix_spawn to the exec inside the user namespace, and on to serving. */
#include "renderer/runtime/runtime.h"

#include "ipc/schema/launch.h"

#include <brig/version.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
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

/* What its child gets no more by its channel, it is handed before. */
static int helper_fds(const struct brig_role *role)
{
	const bool handed = role->id == BRIG_ROLE_PLUGIN || role->plain_channel;

	return handed ? BRIG_PLUGIN_FD + 1 : BRIG_HELPER_FD + 1;
}

/* What the layers had come to before the exec: a word a layer, of got and errno. */
#define STATE_DIGITS 4
#define STATES_SIZE  (BRIG_LAYER_COUNT * STATE_DIGITS + 1)

static void write_states(const struct brig_seal *seal, char ret[STATES_SIZE])
{
	for (int i = 0; i < BRIG_LAYER_COUNT; i++)
		(void)snprintf(ret + i * STATE_DIGITS, STATE_DIGITS + 1, "%x%03x",
			       (unsigned int)seal->layers[i].got & 0xf,
			       (unsigned int)seal->layers[i].error & 0xfff);
}

static int read_states(const char *text, struct brig_layer_state ret[BRIG_LAYER_COUNT])
{
	if (strlen(text) != STATES_SIZE - 1)
		return -EINVAL;
	for (int i = 0; i < BRIG_LAYER_COUNT; i++) {
		char word[STATE_DIGITS + 1] = "";
		char *end;

		memcpy(word, text + i * STATE_DIGITS, STATE_DIGITS);
		unsigned long value = strtoul(word, &end, 16);
		if (*end || value >> 12 > BRIG_CLAIMED)
			return -EINVAL;
		ret[i].got = (enum brig_got)(value >> 12);
		ret[i].error = (int)(value & 0xfff);
	}
	return 0;
}

/* As brig-child is called; see ipc/schema/launch.h. */
struct command_line {
	const struct brig_role *role;
	uid_t uid;
	struct brig_tier tier;
	struct brig_layer_state layers[BRIG_LAYER_COUNT];
	char *last_argument;
};

static _Noreturn void enter(const struct command_line *line, char **argv)
{
	struct brig_seal seal;
	char inside[] = BRIG_HELPER_INSIDE, states[STATES_SIZE];
	char *const inside_argv[] = { argv[0], inside,  argv[2], argv[3],
				      argv[4], argv[5], states,  NULL };

	/* While it is still the broker's user, who may write there. */
	brig_oom_score_raise(line->role->oom_score_adj);
	brig_seal_init(&seal, line->role, &line->tier);
	seal.keep_fds = helper_fds(line->role);
	seal.uid = line->uid;
	int r = brig_seal_run(&seal, &brig_steps_entry);
	if (r < 0)
		stop(seal.failed_stage, -r);
	if (brig_seal_has(&seal, BRIG_LAYER_USER_NS))
		r = brig_caps_keep_for_exec();
	if (r < 0)
		stop(BRIG_STAGE_REEXEC, -r);
	write_states(&seal, states);
	/* Its memory must be exec'd inside: else an ordinary user's broker can't look at it. */
	(void)syscall(SYS_execveat, BRIG_HELPER_FD, "", inside_argv, environ, AT_EMPTY_PATH);
	stop(BRIG_STAGE_REEXEC, errno);
}

/* A plugin's object is in its root, or, for want of one, stays open until it is loaded. */
static void close_helper_fds(struct brig_helper *helper, const struct brig_seal *seal)
{
	helper->plugin_fd = -1;
	if (seal->plugin_fd >= 0 && !brig_seal_has(seal, BRIG_LAYER_ROOT) &&
	    dup2(seal->plugin_fd, BRIG_HELPER_FD) == BRIG_HELPER_FD)
		helper->plugin_fd = BRIG_HELPER_FD;
	/* Without the layer, what an embedder left open stays: only its own is closed. */
	const unsigned int last = brig_seal_has(seal, BRIG_LAYER_FDS) ? ~0u : BRIG_PLUGIN_FD;
	if (syscall(SYS_close_range, helper->plugin_fd < 0 ? BRIG_HELPER_FD : BRIG_HELPER_FD + 1,
		    last, 0) < 0)
		stop(BRIG_STAGE_FDS, errno);
}

/*
 * Not only unreachable: its words lie above the stack of every child, between the last argument and
 * the program's name (execve(2)). Not by environ, which the dynamic linker may have pointed
 * elsewhere.
 */
static int forget_environment(char *last_argument)
{
	char *start = last_argument + strlen(last_argument) + 1;
	const char *end = (const char *)getauxval(AT_EXECFN);

	if (end > start)
		explicit_bzero(start, (size_t)(end - start));
	return clearenv();
}

static _Noreturn void inside(const struct command_line *line, const struct brig_role_main *mains)
{
	const struct brig_role *role = line->role;
	struct brig_helper helper = { .role = role, .mains = mains, .tier = line->tier };
	struct brig_seal seal;

	(void)prctl(PR_SET_NAME, BRIG_HELPER_NAME, 0, 0, 0);
	for (int id = 0; id < BRIG_ROLE_COUNT; id++)
		if (mains[id].warm_up)
			mains[id].warm_up();
	const int abi = brig_landlock_abi();
	helper.landlock_abi = abi > 0 ? abi : 0; /* why it can't be had, each child says itself */
	helper.cpus = brig_cpus_online();
	if (forget_environment(line->last_argument))
		stop(BRIG_STAGE_SESSION, ENOMEM);
	helper.client = calloc(1, sizeof *helper.client);
	if (!helper.client)
		stop(BRIG_STAGE_SPAWN, ENOMEM);
	brig_seal_init(&seal, role, &line->tier);
	brig_seal_inherit(&seal, line->layers);
	seal.plugin_fd = role->id == BRIG_ROLE_PLUGIN ? BRIG_PLUGIN_FD : -1;
	const struct brig_role *home =
		role->id == BRIG_ROLE_ZYGOTE ? &brig_role_zygote : &brig_role_helper;
	seal.filter = &home->filters[BRIG_AFTER_READY];
	int r = brig_seal_run(&seal, &brig_steps_shared);
	if (r < 0)
		stop(seal.failed_stage, -r);
	close_helper_fds(&helper, &seal);
	memcpy(helper.layers, seal.layers, sizeof helper.layers);
	brig_helper_serve(&helper);
}

static int parse_line(int argc, char **argv, struct command_line *ret)
{
	unsigned long role, uid, least, off;
	const bool entering = argc > 1 && !strcmp(argv[1], BRIG_HELPER_ENTER);

	if (argc != (entering ? 6 : 7) || strcmp(argv[0], BRIG_HELPER_NAME) ||
	    (!entering && strcmp(argv[1], BRIG_HELPER_INSIDE)))
		return -ENOENT;
	if (parse_number(argv[2], BRIG_ROLE_COUNT - 1, &role) ||
	    parse_number(argv[3], UINT32_MAX - 1, &uid) ||
	    parse_number(argv[4], BRIG_LEVEL_FULL, &least) || least == BRIG_LEVEL_NONE ||
	    parse_number(argv[5], UINT32_MAX, &off) ||
	    (!entering && read_states(argv[6], ret->layers)))
		return -ENOENT;
	ret->role = brig_role_get((uint32_t)role);
	ret->uid = (uid_t)uid;
	ret->last_argument = argv[argc - 1];
	ret->tier = (struct brig_tier){ .least = (enum brig_level)least, .off = (uint32_t)off };
	return 0;
}

int brig_runtime_run(int argc, char **argv, const struct brig_runtime_options *options)
{
	struct command_line line = { .role = NULL };
	int r = parse_line(argc, argv, &line);

	if (r)
		return r;
	if (options->error)
		stop(BRIG_STAGE_HELPER, options->error);
	if (line.tier.off && !options->may_weaken)
		stop(BRIG_STAGE_SPAWN, EPERM);
	if (!strcmp(argv[1], BRIG_HELPER_ENTER))
		enter(&line, argv);
	inside(&line, options->mains);
}

int brig_runtime_main(int argc, char **argv, const struct brig_role_main *mains)
{
	const struct brig_runtime_options options = { .mains = mains };

	return brig_runtime_run(argc, argv, &options);
}
