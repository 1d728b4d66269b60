/*
 * sandbox/roles/dangerous.h - calls that no honest child makes: the attempt ends the process.
 * One macro, so that every role's table has the same rows.
 */
#ifndef SANDBOX_ROLES_DANGEROUS_H
#define SANDBOX_ROLES_DANGEROUS_H

#include <sys/syscall.h>

/* Dangerous in every role and in every zygote. */
#define DANGEROUS_ROWS                                                                             \
	KILL_CALL(ptrace, "reads and writes other processes"),                                     \
		KILL_CALL(process_vm_readv, "reads other processes"),                              \
		KILL_CALL(process_vm_writev, "writes other processes"),                            \
		KILL_CALL(process_madvise, "acts on other processes' memory"),                     \
		KILL_CALL(kcmp, "compares other processes' kernel objects"),                       \
		KILL_CALL(pidfd_getfd, "takes other processes' descriptors"),                      \
		KILL_CALL(bpf, "loads programs into the kernel"),                                  \
		KILL_CALL(perf_event_open, "large kernel attack surface"),                         \
		KILL_CALL(userfaultfd, "stops the kernel in the middle of a copy"),                \
		KILL_CALL(io_uring_setup, "system calls that no filter sees"),                     \
		KILL_CALL(io_uring_enter, "system calls that no filter sees"),                     \
		KILL_CALL(io_uring_register, "system calls that no filter sees"),                  \
		KILL_CALL(io_setup, "asynchronous I/O, large attack surface"),                     \
		KILL_CALL(add_key, "the kernel's keyring is shared beyond the sandbox"),           \
		KILL_CALL(request_key, "the kernel's keyring is shared beyond the sandbox"),       \
		KILL_CALL(keyctl, "the kernel's keyring is shared beyond the sandbox"),            \
		KILL_CALL(init_module, "loads kernel code"),                                       \
		KILL_CALL(finit_module, "loads kernel code"),                                      \
		KILL_CALL(delete_module, "unloads kernel code"),                                   \
		KILL_CALL(kexec_load, "replaces the kernel"),                                      \
		KILL_CALL(kexec_file_load, "replaces the kernel"),                                 \
		KILL_CALL(reboot, "ends the machine"),                                             \
		KILL_CALL(swapon, "administers the machine"),                                      \
		KILL_CALL(swapoff, "administers the machine"),                                     \
		KILL_CALL(acct, "administers the machine"),                                        \
		KILL_CALL(syslog, "reads the kernel's log"),                                       \
		KILL_CALL(settimeofday, "sets the clock"),                                         \
		KILL_CALL(clock_settime, "sets the clock"), KILL_CALL(adjtimex, "sets the clock"), \
		KILL_CALL(clock_adjtime, "sets the clock"),                                        \
		KILL_CALL(sethostname, "administers the machine"),                                 \
		KILL_CALL(setdomainname, "administers the machine"),                               \
		KILL_CALL(quotactl, "administers the machine"),                                    \
		KILL_CALL(personality, "turns off address randomisation and NX"),                  \
		KILL_CALL(setns, "enters other namespaces"),                                       \
		KILL_CALL(chroot, "changes the root directory"),                                   \
		KILL_CALL(name_to_handle_at, "names files past the root directory"),               \
		KILL_CALL(open_by_handle_at, "opens files past the root directory"),               \
		KILL_CALL(vmsplice, "shares pages behind the copy"),                               \
		KILL_CALL(fanotify_init, "watches the file system"),                               \
		KILL_CALL(open_tree, "changes mounts"), KILL_CALL(move_mount, "changes mounts"),   \
		KILL_CALL(fsopen, "changes mounts"), KILL_CALL(fsmount, "changes mounts"),         \
		KILL_CALL(fsconfig, "changes mounts"), KILL_CALL(fspick, "changes mounts"),        \
		KILL_CALL(mount_setattr, "changes mounts"), KILL_CALL(mount, "changes mounts"),    \
		KILL_CALL(umount2, "changes mounts"),                                              \
		KILL_CALL(pivot_root, "changes the root directory"),                               \
		KILL_CALL(unshare, "makes namespaces, with their attack surface"),                 \
		KILL_CALL(execve, "runs another program"),                                         \
		KILL_CALL(execveat, "runs another program"), KILL_CALL(mbind, "moves pages"),      \
		KILL_CALL(migrate_pages, "moves pages"), KILL_CALL(move_pages, "moves pages"),     \
		KILL_CALL(memfd_secret, "memory that no one can inspect")

#if defined(__x86_64__)
#define DANGEROUS_ARCH_ROWS                                                                        \
	, KILL_CALL(iopl, "reaches hardware ports"), KILL_CALL(ioperm, "reaches hardware ports"),  \
		KILL_CALL(modify_ldt, "makes segments of other modes")
#else
#define DANGEROUS_ARCH_ROWS
#endif

#endif
