/*
 * The zygote: forks children and nothing else. Its class filter also stands in every child, under
 * the role's own, so it allows the children's set-up as well. It is a deny-list of what no process
 * of ours ever needs; the roles' filters are allow-lists.
 */
#include "sandbox/roles/dangerous.h"
#include "sandbox/roles/role.h"

#include <errno.h>
#include <sys/syscall.h>

static const struct brig_syscall_row rows[] = {
	KILL_CALL(socket, "the network is the broker's"),
	KILL_CALL(connect, "the network is the broker's"),
	KILL_CALL(bind, "the network is the broker's"),
	KILL_CALL(listen, "the network is the broker's"),
	KILL_CALL(fork, "children are made by clone, with a pidfd"),
	KILL_CALL(vfork, "children are made by clone, with a pidfd"),
	DENY_CALL(clone3, ENOSYS, "its flags lie in memory, where no filter sees them"),
	DANGEROUS_ROWS DANGEROUS_ARCH_ROWS
};

const struct brig_role brig_role_zygote = {
	.id = BRIG_ROLE_ZYGOTE,
	.name = "zygote",
	.process_name = "brig-zygote",
	.launch = BRIG_LAUNCH_EXEC,
	.root = BRIG_ROOT_EMPTY,
	.layers = { BRIG_LAYERS_FULL },
	.policy = { rows, sizeof rows / sizeof *rows, 0 }, /* 0: what is unlisted is allowed */
	.filters = 1,
	.fds = BRIG_CHILD_FDS,
};
