/*
 * brig/child.h - be the helper: for embedders that re-execute their own binary as brig-child.
 */
#ifndef BRIG_CHILD_H
#define BRIG_CHILD_H

#include <brig/export.h>

BRIG_BEGIN_DECLS

/**
 * Run as a Brig helper if this process was started as one.
 *
 * Call it first thing in main(), before threads, files or signal handlers. To use it, give the
 * binary's own path as brig_broker_options.child_path. The binary must not need libraries that only
 * its owner can read: the helper may run as another user.
 *
 * @argc, @argv as main() got them, borrowed.
 *
 * Returns -ENOENT if this process is no helper (go on with main). Else it does not return: it ends
 * the process with _exit(2).
 * Thread: the only one. Blocks: for the life of the helper.
 */
BRIG_API int brig_child_main(int argc, char **argv);

BRIG_END_DECLS

#endif
